#include "client/cli/program.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace proctor::cli {

void PrepareProgram() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // open(2) takes the lowest free number, which is this one. Close-on-exec does not matter here.
    if (::fcntl(fd, F_GETFD) < 0) (void)!::open("/dev/null", O_RDONLY);
  }
  // A reader that went away is an error of write(2), told as such.
  std::signal(SIGPIPE, SIG_IGN);
}

void EndProgram(int code) { std::_Exit(code); }

std::vector<std::string> ProgramArguments(int argc, char** argv) {
  return std::vector<std::string>(argv + 1, argv + argc);
}

}  // namespace proctor::cli
