#ifndef PROCTOR_TESTS_E2E_AGENT_FIXTURE_H_
#define PROCTOR_TESTS_E2E_AGENT_FIXTURE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "client/agent_client.h"
#include "tests/conformance/agent_calls.h"
#include "tests/e2e/account.h"
#include "tests/e2e/agent_process.h"
#include "tests/e2e/forked_task.h"
#include "tests/e2e/must.h"
#include "tests/e2e/test_directory.h"
#include "tests/e2e/test_user.h"

namespace proctor {

// A running agent, and accounts that call it.
class AgentTest : public ::testing::Test {
 protected:
  ~AgentTest() override;

  // Starts the agent. Call once, first.
  AgentProcess& StartAgent(AgentSetup setup = {});
  AgentProcess& agent() { return *agent_; }

  // The ordinary account that most tests launch as: a test user, or without root the test's own.
  const Account& user();
  // Another one. Only as root.
  const Account& other_user();

  // Runs `body` as `account` in a process of its own with a client of the agent. The body's
  // EXPECT_* count. What it returns is handed back.
  std::string As(const Account& account, const std::function<std::string(AgentClient&)>& body);
  void Do(const Account& account, const std::function<void(AgentClient&)>& body);
  // Both as user().
  std::string AsUser(const std::function<std::string(AgentClient&)>& body);
  void DoAsUser(const std::function<void(AgentClient&)>& body);
  // Without waiting for the end.
  std::unique_ptr<ForkedTask> Begin(const Account& account,
                                    const std::function<std::string(AgentClient&)>& body);

  const TestDirectory& directory() const { return directory_; }
  // A path in a directory that every account may write.
  std::string Shared(const std::string& name);

  // A spec that runs a program of tests/programs or tests/e2e/programs.
  v1::LaunchSpec Spec(const std::string& program, const std::vector<std::string>& arguments = {});

 private:
  TestDirectory directory_;
  std::unique_ptr<TestUser> user_;
  std::unique_ptr<TestUser> other_user_;
  absl::optional<Account> own_;
  std::unique_ptr<AgentProcess> agent_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_AGENT_FIXTURE_H_
