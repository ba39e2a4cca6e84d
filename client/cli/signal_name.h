#ifndef PROCTOR_CLIENT_CLI_SIGNAL_NAME_H_
#define PROCTOR_CLIENT_CLI_SIGNAL_NAME_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor::cli {

// "TERM", "SIGTERM", "sigterm", "15", "RTMIN+3", "RTMAX-1": 1 to 64.
absl::StatusOr<int> ParseSignalName(absl::string_view text);

// "SIGTERM", "SIGRTMIN+3"; "signal 99" for a number that has no name.
std::string SignalName(int signal);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_SIGNAL_NAME_H_
