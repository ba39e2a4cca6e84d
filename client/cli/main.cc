#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "client/cli/command_line.h"
#include "client/cli/session.h"
#include "client/cli/standard_streams.h"

int main(int argc, char** argv) {
  proctor::cli::ReserveStandardStreams();
  // A reader that went away is an error of write(2), told as such.
  std::signal(SIGPIPE, SIG_IGN);
  proctor::cli::Session session;
  const proctor::cli::CommandLine line(std::vector<std::string>(argv + 1, argv + argc), &session);
  const int code = line.command() == nullptr ? line.exit_code() : line.command()->Execute(session);
  // Everything is written, nothing is buffered: taking gRPC down would only cost time.
  std::_Exit(code);
}
