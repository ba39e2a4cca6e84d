#include "tests/conformance/conformance_test.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/must.h"

namespace proctor {

void ConformanceTest::SetUp() {
  agent_.Start();
  client_ = Connect();
}

std::unique_ptr<AgentClient> ConformanceTest::Connect() {
  ClientOptions options;
  options.target = agent_.target();
  options.connect_timeout = absl::Seconds(60);
  return Must(AgentClient::Connect(std::move(options)));
}

std::thread ConformanceTest::Begin(std::function<void()> body) {
  return std::thread([body = std::move(body)] {
    try {
      body();
    } catch (const CannotGoOn&) {
      // The failure has been recorded.
    }
  });
}

void ConformanceTest::RestartAgent() {
  agent_.Kill();
  agent_.Start();
}

v1::LaunchSpec ConformanceTest::Spec(const std::string& program,
                                     const std::vector<std::string>& arguments) {
  v1::LaunchSpec spec;
  spec.add_argv(agent_.Program(program));
  for (const std::string& argument : arguments) spec.add_argv(argument);
  return spec;
}

void ConformanceTest::Touch(const std::string& path) { std::ofstream(path) << "now"; }

std::vector<ProcessWatch> ConformanceTest::LaunchTree(int children, v1::TreeAfterMain after_main,
                                                      std::string* job_id) {
  v1::LaunchSpec spec = Spec("spawn_tree", {absl::StrCat(children), File("end"), File("leave")});
  spec.set_tree_after_main(after_main);
  SetDuration(absl::Milliseconds(200), spec.mutable_kill_policy()->mutable_grace_period());
  *job_id = Launch(client(), spec).job_id();
  AwaitOutput(client(), *job_id, "ready");
  std::vector<ProcessWatch> processes;
  for (const std::string& line : Lines(Output(client(), *job_id))) {
    int64_t pid;
    if (absl::SimpleAtoi(line, &pid)) processes.emplace_back(pid);
  }
  Require(processes.size() == static_cast<size_t>(children) + 1, "the tree is not whole");
  for (const ProcessWatch& process : processes) EXPECT_FALSE(process.Ended());
  return processes;
}

bool ConformanceTest::AllEnded(const std::vector<ProcessWatch>& processes) {
  return std::all_of(processes.begin(), processes.end(),
                     [](const ProcessWatch& process) { return process.Ended(); });
}

std::string ConformanceTest::OutputOf(const v1::LaunchSpec& spec) {
  const std::string id = Launch(client(), spec).job_id();
  EXPECT_EQ(WaitFinal(client(), id).exit_code(), 0);
  return Output(client(), id);
}

}  // namespace proctor
