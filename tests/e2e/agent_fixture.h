#ifndef PROCTOR_TESTS_E2E_AGENT_FIXTURE_H_
#define PROCTOR_TESTS_E2E_AGENT_FIXTURE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "client/agent_client.h"
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

  // A spec that runs a program of tests/e2e/programs.
  v1::LaunchSpec Spec(const std::string& program, const std::vector<std::string>& arguments = {});

 private:
  TestDirectory directory_;
  std::unique_ptr<TestUser> user_;
  std::unique_ptr<TestUser> other_user_;
  absl::optional<Account> own_;
  std::unique_ptr<AgentProcess> agent_;
};

// Calls with the requests spelt shorter. They end the test or the body when the call fails.
v1::LaunchResponse Launch(AgentClient& client, const v1::LaunchSpec& spec,
                          std::source_location where = std::source_location::current());
v1::ExitRecord WaitMain(AgentClient& client, const std::string& job_id,
                        std::source_location where = std::source_location::current());
v1::ExitRecord WaitFinal(AgentClient& client, const std::string& job_id,
                         std::source_location where = std::source_location::current());
v1::Job GetJob(AgentClient& client, const std::string& job_id,
               std::source_location where = std::source_location::current());
v1::KillResponse Kill(AgentClient& client, const std::string& job_id,
                      absl::optional<absl::Duration> grace = absl::nullopt,
                      std::source_location where = std::source_location::current());
// All that is kept of one stream now.
std::string Output(AgentClient& client, const std::string& job_id,
                   v1::OutputStream stream = v1::STDOUT,
                   std::source_location where = std::source_location::current());
// Follows the job's standard output until it holds `text`.
void AwaitOutput(AgentClient& client, const std::string& job_id, const std::string& text,
                 std::source_location where = std::source_location::current());

absl::StatusOr<v1::LaunchResponse> TryLaunch(AgentClient& client, const v1::LaunchSpec& spec);
void SetDuration(absl::Duration value, google::protobuf::Duration* out);
std::string ReadFile(const std::string& path);
// The lines, without their ends.
std::vector<std::string> Lines(const std::string& text);

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_AGENT_FIXTURE_H_
