#ifndef PROCTOR_COMMON_WIN32_OBJECT_OWNER_H_
#define PROCTOR_COMMON_WIN32_OBJECT_OWNER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// Who owns the file, folder or pipe behind an open handle (READ_CONTROL), as a SID: whoever made
// what stands under a name may have put anything there. A pipe's is empty when it was made without
// one, as Wine does for a pipe without a descriptor.
absl::StatusOr<std::string> FileOwnerSid(const UniqueHandle& file);
absl::StatusOr<std::string> PipeOwnerSid(const UniqueHandle& pipe);

// Whether `sid` is the system, the administrators or the user that this process runs as.
absl::StatusOr<bool> IsTrustedOwner(absl::string_view sid);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_OBJECT_OWNER_H_
