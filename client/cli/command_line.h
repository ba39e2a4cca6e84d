#ifndef PROCTOR_CLIENT_CLI_COMMAND_LINE_H_
#define PROCTOR_CLIENT_CLI_COMMAND_LINE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "client/cli/command.h"
#include "client/cli/session.h"

namespace proctor::cli {

// The words after the program's name, taken apart.
class CommandLine {
 public:
  // Parses into the options of `session` and of the command chosen.
  CommandLine(const std::vector<std::string>& words, Session* session);

  // The command to execute; null when help or a usage error was printed, see exit_code().
  Command* command() const { return command_; }
  int exit_code() const { return exit_code_; }

 private:
  // Of the words, those before the first "--" when the command takes a command line of its own.
  void Split(const std::vector<std::string>& words);
  void Parse(Session* session);
  void TakeCommandLine(const std::vector<std::string>& remaining);
  void UsageError(Session* session, const std::string& message);
  // Whether the exit code is the job's, so that 2 cannot say that the words are not understood.
  bool ExitsAsJob() const;

  std::vector<std::unique_ptr<Command>> commands_;
  Command* command_ = nullptr;
  std::vector<std::string> options_;                       // What CLI11 is to see.
  absl::optional<std::vector<std::string>> after_dashes_;  // What follows "--".
  int exit_code_ = 0;
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_COMMAND_LINE_H_
