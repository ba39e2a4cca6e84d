// README's example of the client library, as it stands there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "client/agent_client.h"
#include "tests/client/fake_agent.h"

namespace proctor {
namespace {

struct ActionLog {
  std::string text;
  void Append(const std::string& data) { text += data; }
};

struct Action {
  std::vector<std::string> arguments = {"make"};
  std::string directory = "/tmp";
  std::string id = "action-1";

  absl::Status Finish(int code, const google::protobuf::Duration&, uint64_t) const {
    return code == 0 ? absl::OkStatus() : absl::AbortedError("it failed");
  }
  absl::Status Failed(const std::string& why) const { return absl::AbortedError(why); }
};

absl::Status RunAction(const Action& action, ActionLog& log) {
#include "readme_example.inc"
}

class ReadmeExampleTest : public ::testing::Test {
 protected:
  absl::Status RunTo(v1::ExitReason reason) {
    agent_.on_run = [reason](grpc::ServerContext*, const v1::RunRequest&,
                             grpc::ServerWriter<v1::RunResponse>* writer) {
      v1::RunResponse response;
      response.mutable_launched()->set_job_id("j1");
      writer->Write(response);
      response.mutable_finished()->set_reason(reason);
      response.mutable_finished()->set_final(true);
      if (reason == v1::EXITED) response.mutable_finished()->set_exit_code(0);
      writer->Write(response);
      return grpc::Status::OK;
    };
    agent_.Start();
    ::setenv("PROCTOR_AGENT", agent_.target().c_str(), 1);
    ActionLog log;
    return RunAction(Action(), log);
  }

  FakeAgent agent_;
};

TEST_F(ReadmeExampleTest, AJobThatEndsWellIsASuccess) { EXPECT_TRUE(RunTo(v1::EXITED).ok()); }

TEST_F(ReadmeExampleTest, AKilledJobIsNone) {
  EXPECT_EQ(RunTo(v1::KILLED), absl::AbortedError("KILLED"));
}

TEST_F(ReadmeExampleTest, AJobThatTookTooLongIsNone) {
  EXPECT_EQ(RunTo(v1::TIMED_OUT), absl::AbortedError("TIMED_OUT"));
}

}  // namespace
}  // namespace proctor
