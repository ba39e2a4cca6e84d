#ifndef PROCTOR_AGENT_WIN32_PRIVATE_DIRECTORY_H_
#define PROCTOR_AGENT_WIN32_PRIVATE_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// Makes the folder `path` with the DACL of `access`. One that is there is taken over with its
// content and gets that DACL: PERMISSION_DENIED when it belongs to somebody else, who may have put
// anything there, or is a file, or leads to another place.
absl::Status MakePrivateDirectory(const std::string& path, const PrivateDescriptor& access);

// PERMISSION_DENIED unless the system, the administrators or this process's user own what was
// opened as `path` (READ_CONTROL), and it is no reparse point.
absl::Status CheckTrusted(const UniqueHandle& file, const std::string& path);

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_PRIVATE_DIRECTORY_H_
