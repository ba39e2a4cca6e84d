#ifndef PROCTOR_CLIENT_CLI_PROGRAM_H_
#define PROCTOR_CLIENT_CLI_PROGRAM_H_

#include <string>
#include <vector>

namespace proctor::cli {

// What the platform wants done before anything else: no signal for a reader that went away. A
// console takes UTF-8 and colours until EndProgram, or until Ctrl-C ends the process.
void PrepareProgram();

// Puts back what PrepareProgram has changed and ends the process at once: everything is written,
// nothing is buffered, and taking gRPC down would only cost time.
[[noreturn]] void EndProgram(int code);

// The arguments without the program's name, as UTF-8. Windows' own command line is UTF-16, of which
// `argv` holds what the code page can say.
std::vector<std::string> ProgramArguments(int argc, char** argv);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_PROGRAM_H_
