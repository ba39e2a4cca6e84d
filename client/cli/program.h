#ifndef PROCTOR_CLIENT_CLI_PROGRAM_H_
#define PROCTOR_CLIENT_CLI_PROGRAM_H_

#include <string>
#include <vector>

namespace proctor::cli {

// What the platform wants done before anything else: descriptors 0 to 2 filled where the parent
// left them closed (with the null device, not writable: else a connection would get such a number,
// and output would be written into it), and no signal for a reader that went away.
void PrepareProgram();

// The arguments without the program's name, as UTF-8. Windows' own command line is UTF-16, of which
// `argv` holds what the code page can say.
std::vector<std::string> ProgramArguments(int argc, char** argv);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_PROGRAM_H_
