#ifndef PROCTOR_CLIENT_CLI_BYTE_STRINGS_H_
#define PROCTOR_CLIENT_CLI_BYTE_STRINGS_H_

#include "absl/status/status.h"
#include "proctor/v1/job.pb.h"

namespace proctor::cli {

// Moves arguments, variables and paths that are not UTF-8 to `spec->byte_strings`. INVALID_ARGUMENT
// when something else is not UTF-8: a label, an account, the request id.
absl::Status UseByteStrings(v1::LaunchSpec* spec);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_BYTE_STRINGS_H_
