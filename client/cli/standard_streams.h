#ifndef PROCTOR_CLIENT_CLI_STANDARD_STREAMS_H_
#define PROCTOR_CLIENT_CLI_STANDARD_STREAMS_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor::cli {

// The streams of this process, by the numbers they have on POSIX.
inline constexpr int kStandardOutput = 1;
inline constexpr int kStandardError = 2;

// Writes all of `data`, also to a slow or a non-blocking pipe. The error is a common/os_error.h
// status; EPIPE among them, so SIGPIPE must be ignored.
absl::Status WriteAll(int fd, absl::string_view data);

// Whether `status` says that the reader of the output has gone.
bool IsBrokenPipe(const absl::Status& status);

// All bytes of a file; "-" is standard input. OUT_OF_RANGE when they are more than `max_bytes`.
absl::StatusOr<std::string> ReadAll(const std::string& path, uint64_t max_bytes);

bool IsTerminal(int fd);

// Columns of the terminal behind `fd`; 0 when it is none.
size_t TerminalWidth(int fd);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_STANDARD_STREAMS_H_
