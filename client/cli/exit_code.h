#ifndef PROCTOR_CLIENT_CLI_EXIT_CODE_H_
#define PROCTOR_CLIENT_CLI_EXIT_CODE_H_

#include "absl/status/status.h"
#include "proctor/v1/job.pb.h"

namespace proctor::cli {

// The command's own exit codes, those of env(1), timeout(1) and the shells.
// Something failed, and what was asked for is not understood. run, launch and wait exit with 125
// for both: 1 and 2 may be the job's.
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitWaitEnded = 123;  // Proctor's own: --timeout of wait passed.
inline constexpr int kExitTimedOut = 124;
inline constexpr int kExitProctorFailed = 125;
inline constexpr int kExitNotExecutable = 126;
inline constexpr int kExitNotFound = 127;
inline constexpr int kExitSignalBase = 128;

// A job's end: its code; 128 + signal; 124 after its timeout; 125 when it was lost; a failed launch
// as ExitCodeOf(absl::Status).
int ExitCodeOf(const v1::ExitRecord& exit);

// A failed call: 127 when the program does not exist, 126 when it exists and could not be executed,
// otherwise 125.
int ExitCodeOf(const absl::Status& status);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_EXIT_CODE_H_
