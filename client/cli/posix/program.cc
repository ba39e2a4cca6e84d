#include "client/cli/program.h"

#include <csignal>
#include <cstdlib>

namespace proctor::cli {

void PrepareProgram() {
  // A reader that went away is an error of write(2), told as such.
  std::signal(SIGPIPE, SIG_IGN);
}

void EndProgram(int code) { std::_Exit(code); }

std::vector<std::string> ProgramArguments(int argc, char** argv) {
  return std::vector<std::string>(argv + 1, argv + argc);
}

}  // namespace proctor::cli
