#ifndef PROCTOR_COMMON_COMMAND_LINE_H_
#define PROCTOR_COMMON_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// The most that CreateProcess takes, in UTF-16 units with the terminator.
inline constexpr size_t kMaxCommandLineUnits = 32767;

// The one string that a Windows process gets as its arguments, such that CommandLineToArgvW and the
// Microsoft C runtime take it apart into `arguments` again ("Parsing C++ command-line arguments",
// Microsoft Learn). argv[0] is parsed by simpler rules: no escapes, so it may hold no quote.
// INVALID_ARGUMENT for that, for a NUL, and for more than `max_units` UTF-16 units.
absl::StatusOr<std::string> BuildCommandLine(const std::vector<std::string>& arguments,
                                             size_t max_units = kMaxCommandLineUnits);

// Whether Windows would run this file through cmd.exe: a .bat or .cmd, also with the trailing dots
// and spaces that file names lose on their way (CVE-2024-43402).
bool IsBatchFile(absl::string_view path);

// The command line of cmd.exe that runs a batch file with these arguments (argv[0] left out).
// cmd.exe parses before the C runtime does, and there is no quoting that both understand
// (CVE-2024-24576): INVALID_ARGUMENT for arguments with NUL, CR, LF, '%' or '"'.
absl::StatusOr<std::string> BuildBatchCommandLine(absl::string_view cmd_exe,
                                                  absl::string_view batch_file,
                                                  const std::vector<std::string>& arguments);

}  // namespace proctor

#endif  // PROCTOR_COMMON_COMMAND_LINE_H_
