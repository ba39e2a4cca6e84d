#ifndef PROCTOR_COMMON_LINUX_SEALED_MEMFD_H_
#define PROCTOR_COMMON_LINUX_SEALED_MEMFD_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace proctor {

// A file in memory (memfd_create(2)) that holds `bytes` and that nobody can change any more.
// `name` is a literal, for /proc. Open for reading and writing, positioned at its end.
absl::StatusOr<UniqueFd> SealedMemfd(const char* name, const std::string& bytes);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_SEALED_MEMFD_H_
