// proctord stops, or dies, and another takes its place: whoever is attached to a job goes on, and
// no job notices.

#include <gmock/gmock.h>
#include <grpcpp/channel.h>

#include <map>
#include <thread>
#include <tuple>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "proctor/v1/agent.grpc.pb.h"
#include "tests/conformance/child_process.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

enum class End { kAsked, kKilled };

// How the old agent ends, and how long nobody is there then.
using Restart = std::tuple<End, absl::Duration>;

// What gRPC makes of a connection that was reset, where the system says no more (Windows).
bool IsReset(const grpc::Status& status) {
  return status.error_code() == grpc::UNKNOWN && status.error_message() == "Stream removed";
}

class RestartTest : public ConformanceTest, public ::testing::WithParamInterface<Restart> {
 protected:
  // Another agent is started after the time that is the subject.
  void RestartAgent() {
    const auto& [end, away] = GetParam();
    if (end == End::kAsked) {
      agent().Stop();
    } else {
      agent().Kill();
    }
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(away));
    agent().Start();
  }

  // A job that prints `text` and waits for the file "end".
  v1::LaunchSpec MarkSpec(const std::string& text) {
    v1::LaunchSpec spec = Spec("mark_launch", {marks_, text, end_});
    spec.set_request_id(text);
    return spec;
  }
  // How often each text was printed.
  std::map<std::string, int> Marks() {
    std::map<std::string, int> marks;
    for (const std::string& line : Lines(ReadFile(marks_))) ++marks[line];
    return marks;
  }
  std::string LaunchMark(const std::string& text) {
    const std::string id = Launch(client(), MarkSpec(text)).job_id();
    AwaitOutput(client(), id, text);
    return id;
  }

  // The command, with its output in the files NAME.out and NAME.err.
  std::unique_ptr<ChildProcess> Command(const std::string& name, std::vector<std::string> words) {
    words.insert(words.begin(), {TestAgent::Command(), "--agent", agent().target()});
    return std::make_unique<ChildProcess>(words, File(name + ".out"), File(name + ".err"));
  }
  // One that has a connection to the agent, and so a call under way.
  std::unique_ptr<ChildProcess> ConnectedCommand(const std::string& name,
                                                 const std::vector<std::string>& words) {
    const size_t before = agent().CountConnections();
    std::unique_ptr<ChildProcess> command = Command(name, words);
    EXPECT_TRUE(Eventually([&] { return agent().CountConnections() > before; })) << name;
    return command;
  }
  bool AwaitText(const std::string& name, const std::string& text) {
    return Eventually([&] { return absl::StrContains(ReadFile(File(name + ".out")), text); });
  }
  void ExpectExit(const std::string& name, ChildProcess& command, int code) {
    EXPECT_EQ(command.AwaitExit(absl::Seconds(60)), code)
        << name << ": " << ReadFile(File(name + ".out")) << ReadFile(File(name + ".err"));
  }

  const std::string marks_ = File("marks");
  const std::string end_ = File("end");
};

TEST_P(RestartTest, FiftyAttachedRunsGoOn) {
  constexpr int kRuns = 50;
  std::vector<std::string> outputs(kRuns);
  std::vector<std::thread> runs;
  for (size_t i = 0; i < kRuns; ++i) {
    runs.push_back(Begin([this, i, &output = outputs[i]] {
      RunCallbacks callbacks;
      callbacks.on_output = [&output](const v1::OutputChunk& chunk) { output += chunk.data(); };
      const v1::ExitRecord exit = Must(client().Run(MarkSpec(absl::StrCat("run ", i)), callbacks));
      EXPECT_EQ(exit.reason(), v1::EXITED) << exit.ShortDebugString();
      EXPECT_EQ(exit.exit_code(), 0);
    }));
  }
  EXPECT_TRUE(Eventually([this] { return Marks().size() == kRuns; }));
  RestartAgent();
  Touch(end_);
  for (std::thread& run : runs) run.join();
  const std::map<std::string, int> marks = Marks();
  for (int i = 0; i < kRuns; ++i) {
    const std::string text = absl::StrCat("run ", i);
    EXPECT_EQ(outputs[static_cast<size_t>(i)], text + "\n");
    EXPECT_EQ(marks.at(text), 1);
  }
}

TEST_P(RestartTest, AttachedCommandsGoOn) {
  const std::string waited = LaunchMark("waited");
  const std::string followed = LaunchMark("followed");
  v1::LaunchSpec spec = Spec("wait_for_end", {"ignore"});
  SetDuration(absl::Seconds(3), spec.mutable_kill_policy()->mutable_grace_period());
  const std::string killed = Launch(client(), spec).job_id();
  AwaitOutput(client(), killed, "ready");

  const auto wait = ConnectedCommand("wait", {"wait", waited});
  const auto kill = ConnectedCommand("kill", {"kill", killed});
  const auto logs = Command("logs", {"logs", "--follow", followed});
  const auto watch = Command("watch", {"--json", "watch"});
  EXPECT_TRUE(AwaitText("logs", "followed"));
  EXPECT_TRUE(AwaitText("watch", "WATCHING"));
  std::vector<std::string> words = {"run", "--"};
  const v1::LaunchSpec run_spec = MarkSpec("run");
  words.insert(words.end(), run_spec.argv().begin(), run_spec.argv().end());
  const auto run = Command("run", words);
  EXPECT_TRUE(AwaitText("run", "run"));

  RestartAgent();
  EXPECT_EQ(GetJob(client(), waited).state(), v1::RUNNING);
  Touch(end_);
  ExpectExit("run", *run, 0);
  ExpectExit("wait", *wait, 0);
  ExpectExit("logs", *logs, 0);
  ExpectExit("kill", *kill, 0);
  EXPECT_EQ(Lines(ReadFile(File("run.out"))), std::vector<std::string>{"run"});
  EXPECT_EQ(Lines(ReadFile(File("logs.out"))), std::vector<std::string>{"followed"});
  EXPECT_EQ(WaitFinal(client(), killed).reason(), v1::KILLED);
  const auto told = [this, &waited] {
    for (const std::string& line : Lines(ReadFile(File("watch.out")))) {
      if (absl::StrContains(line, "JOB_FINISHED") && absl::StrContains(line, waited)) return true;
    }
    return false;
  };
  EXPECT_TRUE(Eventually(told)) << ReadFile(File("watch.out")) << ReadFile(File("watch.err"));
}

// What gRPC's own stub needs beside it: the request id, the offsets reached, and to call again.
TEST_P(RestartTest, ARunOfAPlainStubIsTakenUpByItsRequestId) {
  v1::RunRequest request;
  *request.mutable_spec() = MarkSpec("plain");
  std::string output;
  absl::optional<v1::ExitRecord> finished;
  std::thread running = Begin([&] {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (!finished.has_value() && absl::Now() < deadline) {
      const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel =
          client().AuthenticatedChannel();
      if (!channel.ok()) continue;
      // Not by a call that waits for the connection: where an agent that was started anew has
      // another port, it waits for the one that has gone.
      (*channel)->WaitForConnected(absl::ToChronoTime(absl::Now() + absl::Milliseconds(200)));
      const auto stub = v1::Agent::NewStub(*channel);
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(deadline));
      request.set_stdout_offset(output.size());
      const auto reader = stub->Run(&context, request);
      v1::RunResponse response;
      while (reader->Read(&response)) {
        output += response.output().data();
        if (response.has_finished()) finished = response.finished();
      }
      const grpc::Status status = reader->Finish();
      if (status.ok() || finished.has_value()) continue;
      // Nothing else comes of a restart.
      EXPECT_TRUE(status.error_code() == grpc::UNAVAILABLE ||
                  status.error_code() == grpc::CANCELLED ||
                  status.error_code() == grpc::UNAUTHENTICATED || IsReset(status))
          << status.error_code() << " " << status.error_message();
    }
  });
  EXPECT_TRUE(Eventually([this] { return Marks()["plain"] == 1; }));
  RestartAgent();
  Touch(end_);
  running.join();
  ASSERT_TRUE(finished.has_value());
  EXPECT_EQ(finished->reason(), v1::EXITED) << finished->ShortDebugString();
  EXPECT_EQ(output, "plain\n");
  EXPECT_EQ(Marks()["plain"], 1);
}

INSTANTIATE_TEST_SUITE_P(, RestartTest,
                         ::testing::Combine(::testing::Values(End::kAsked, End::kKilled),
                                            ::testing::Values(absl::ZeroDuration(),
                                                              absl::Milliseconds(300),
                                                              absl::Seconds(20))),
                         [](const ::testing::TestParamInfo<Restart>& restart) {
                           return absl::StrCat(
                               std::get<0>(restart.param) == End::kAsked ? "Asked" : "Killed",
                               "Away", absl::ToInt64Milliseconds(std::get<1>(restart.param)), "Ms");
                         });

}  // namespace
}  // namespace proctor
