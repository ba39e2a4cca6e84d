#ifndef PROCTOR_TESTS_E2E_FORKED_TASK_H_
#define PROCTOR_TESTS_E2E_FORKED_TASK_H_

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>

#include "common/unique_fd.h"
#include "tests/e2e/account.h"

namespace proctor {

// Work done in a child process that is another account, so that the kernel names that account to
// the agent. EXPECT_* in the body count for the test; an exception ends the body and is a failure.
// The parent must not have used gRPC, whose threads a fork does not copy.
class ForkedTask {
 public:
  ForkedTask(const Account& account, const std::function<std::string()>& body);
  // Kills the child if it was not joined.
  ~ForkedTask();
  ForkedTask(const ForkedTask&) = delete;
  ForkedTask& operator=(const ForkedTask&) = delete;

  // Waits for the body's end, reports its failures and returns its result; empty when it had none
  // or did not end within `patience`.
  std::string Join(std::chrono::seconds patience = std::chrono::seconds(100));

  // Whether the body has ended, without waiting.
  bool Ended() const;
  // SIGKILL: the account's program vanishes in the middle of what it does.
  void Kill();

  pid_t pid() const { return pid_; }

 private:
  void Reap();

  pid_t pid_ = -1;
  UniqueFd result_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_FORKED_TASK_H_
