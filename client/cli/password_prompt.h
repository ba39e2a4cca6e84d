#ifndef PROCTOR_CLIENT_CLI_PASSWORD_PROMPT_H_
#define PROCTOR_CLIENT_CLI_PASSWORD_PROMPT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/secret_bytes.h"

namespace proctor::cli {

// Asks on the terminal of this process, without echo, whatever its standard streams are.
// FAILED_PRECONDITION without a terminal, CANCELLED by Ctrl-C.
absl::StatusOr<SecretBytes> PromptPassword(absl::string_view prompt);

// The first line of a file; "-" is standard input.
absl::StatusOr<SecretBytes> ReadPasswordFile(const std::string& path);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_PASSWORD_PROMPT_H_
