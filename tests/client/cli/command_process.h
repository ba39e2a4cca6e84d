#ifndef PROCTOR_TESTS_CLIENT_CLI_COMMAND_PROCESS_H_
#define PROCTOR_TESTS_CLIENT_CLI_COMMAND_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "common/unique_fd.h"

namespace proctor {

// The real `proctor` command as a child process, its output in pipes.
class CommandProcess {
 public:
  struct Result {
    int code = -1;  // 128 + signal when one ended it.
    std::string out;
    std::string err;
  };

  // Starts `proctor` with `arguments` against the agent at `target`; `in` is its standard input.
  // `terminal`: what it has as standard error, in place of a pipe; stays the caller's.
  CommandProcess(const std::string& target, const std::vector<std::string>& arguments,
                 const std::string& in = "", int terminal = -1);
  // Kills the child when Finish() was not called.
  ~CommandProcess();
  CommandProcess(const CommandProcess&) = delete;
  CommandProcess& operator=(const CommandProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Closes the reading end of its standard output.
  void CloseOutput() { out_.reset(); }
  // Reads one byte of its standard output; false at its end.
  bool ReadByte();
  // Reads its standard error up to `text`; all there is when that does not come.
  std::string ReadErrorUntil(const std::string& text);
  // Reads both streams to their ends and reaps it.
  Result Finish();

  static Result Run(const std::string& target, const std::vector<std::string>& arguments,
                    const std::string& in = "");

 private:
  UniqueFd out_;
  UniqueFd err_;
  pid_t pid_ = -1;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CLIENT_CLI_COMMAND_PROCESS_H_
