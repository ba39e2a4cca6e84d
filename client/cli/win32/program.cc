#include "client/cli/program.h"

#include "common/win32/own_arguments.h"

namespace proctor::cli {

void PrepareProgram() {}

std::vector<std::string> ProgramArguments(int, char**) { return OwnArguments(); }

}  // namespace proctor::cli
