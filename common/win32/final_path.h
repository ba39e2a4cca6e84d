#ifndef PROCTOR_COMMON_WIN32_FINAL_PATH_H_
#define PROCTOR_COMMON_WIN32_FINAL_PATH_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// Of the open file or folder itself, without the links and the drive letters of one user that may
// have led to it: "C:\folder\file", or "\\server\share\file" on another machine.
absl::StatusOr<std::string> FinalPath(const UniqueHandle& file);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_FINAL_PATH_H_
