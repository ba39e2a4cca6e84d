#ifndef PROCTOR_AGENT_CALLER_PRIVATE_FILE_H_
#define PROCTOR_AGENT_CALLER_PRIVATE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/secret_bytes.h"

namespace proctor {

// Files that only the agent's own account may read, such as private keys. Each platform has its
// implementation.

// The whole file, at most 1 MiB. NOT_FOUND when there is none, FAILED_PRECONDITION when it belongs
// to somebody else or others may read or write it.
absl::StatusOr<SecretBytes> ReadPrivateFile(const std::string& path);

// Replaces the file at once and durably: after a crash it is the old or the new one.
absl::Status WritePrivateFile(const std::string& path, absl::string_view content);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_PRIVATE_FILE_H_
