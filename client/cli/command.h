#ifndef PROCTOR_CLIENT_CLI_COMMAND_H_
#define PROCTOR_CLIENT_CLI_COMMAND_H_

#include <string>
#include <vector>

#include "client/cli/session.h"

namespace CLI {
class App;
}

namespace proctor::cli {

// One subcommand. Define() first, then, when it was chosen, Execute().
class Command {
 public:
  virtual ~Command() = default;

  virtual const char* name() const = 0;
  virtual const char* summary() const = 0;  // One line, for the list of commands.
  // Adds options and arguments.
  virtual void Define(CLI::App* app) = 0;
  // Whether the words after the options are a command line of their own, kept as they are.
  virtual bool takes_command_line() const { return false; }
  // That command line.
  virtual void SetCommandLine(std::vector<std::string>) {}
  // Returns the exit code.
  virtual int Execute(Session& session) = 0;
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_COMMAND_H_
