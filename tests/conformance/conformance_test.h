#ifndef PROCTOR_TESTS_CONFORMANCE_CONFORMANCE_TEST_H_
#define PROCTOR_TESTS_CONFORMANCE_CONFORMANCE_TEST_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "client/agent_client.h"
#include "tests/conformance/agent_calls.h"
#include "tests/conformance/process_watch.h"
#include "tests/conformance/test_agent.h"

namespace proctor {

// What holds on every platform: a running agent, and a client of it that is the test's own account.
class ConformanceTest : public ::testing::Test {
 protected:
  void SetUp() override;

  TestAgent& agent() { return agent_; }
  AgentClient& client() { return *client_; }
  // One more.
  std::unique_ptr<AgentClient> Connect();
  // proctord is killed, and started on what it has left.
  void RestartAgent();

  // A thread whose Must and Require end it, not the program.
  static std::thread Begin(std::function<void()> body);

  std::string File(const std::string& name) { return agent_.File(name); }
  // A spec that runs a program of tests/programs.
  v1::LaunchSpec Spec(const std::string& program, const std::vector<std::string>& arguments = {});
  // Makes the file that jobs wait for.
  static void Touch(const std::string& path);
  // Launches a spawn_tree of `children` processes and its main one, in the order they are handed
  // back; waits until all are there. They stay until the file "end" exists, the main process also
  // until "leave" does.
  std::vector<ProcessWatch> LaunchTree(int children, v1::TreeAfterMain after_main,
                                       std::string* job_id);
  static bool AllEnded(const std::vector<ProcessWatch>& processes);
  // Launches, waits for the end and hands back what was printed.
  std::string OutputOf(const v1::LaunchSpec& spec);

 private:
  TestAgent agent_;
  std::unique_ptr<AgentClient> client_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CONFORMANCE_CONFORMANCE_TEST_H_
