#ifndef PROCTOR_TESTS_CONFORMANCE_CHILD_PROCESS_H_
#define PROCTOR_TESTS_CONFORMANCE_CHILD_PROCESS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace proctor {

// A program that a test starts itself. Its standard input is empty; it inherits the test's
// environment and nothing else.
class ChildProcess {
 public:
  // words[0] is the path of the program. Its output is added to the two files, which may be one.
  // Ends the test when it cannot be started.
  ChildProcess(const std::vector<std::string>& words, const std::string& out_file,
               const std::string& err_file);
  // Kills it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int64_t pid() const;
  // Absent when it goes on for longer; 128 + the signal that ended it.
  absl::optional<int> AwaitExit(absl::Duration patience);
  // SIGTERM, Ctrl-Break. Returns without waiting.
  void AskToEnd();
  // At once and without asking: SIGKILL, TerminateProcess. Returns when it has ended.
  void Kill();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CONFORMANCE_CHILD_PROCESS_H_
