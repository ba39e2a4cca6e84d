// The real `proctor run` against a fake agent.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "absl/synchronization/notification.h"
#include "common/os_error_code.h"
#include "tests/client/cli/command_process.h"
#include "tests/client/fake_agent.h"

namespace proctor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class RunCommandTest : public testing::Test {
 protected:
  CommandProcess::Result Proctor(const std::vector<std::string>& arguments,
                                 const std::string& in = "") {
    return CommandProcess::Run(agent_.target(), arguments, in);
  }

  // A job that ends with `exit` and keeps the request.
  void AnswerRun(const v1::ExitRecord& exit) {
    agent_.on_run = [this, exit](auto*, const v1::RunRequest& request, auto* writer) {
      request_ = request;
      writer->Write(Launched());
      v1::RunResponse finished;
      *finished.mutable_finished() = exit;
      writer->Write(finished);
      return grpc::Status::OK;
    };
  }

  static v1::RunResponse Launched() {
    v1::RunResponse response;
    response.mutable_launched()->set_job_id("job1");
    response.mutable_launched()->mutable_main_process()->set_pid(4711);
    v1::StageReport* stage = response.mutable_launched()->add_stages();
    stage->set_stage(v1::IDENTIFY);
    stage->set_call("getsockopt");
    return response;
  }

  static v1::RunResponse Output(v1::OutputStream stream, uint64_t offset, const std::string& data) {
    v1::RunResponse response;
    response.mutable_output()->set_stream(stream);
    response.mutable_output()->set_offset(offset);
    response.mutable_output()->set_data(data);
    return response;
  }

  static v1::ExitRecord Exited(int code) {
    v1::ExitRecord exit;
    exit.set_reason(v1::EXITED);
    exit.set_exit_code(code);
    exit.set_final(true);
    return exit;
  }

  static v1::ExitRecord Ended(v1::ExitReason reason, int signal) {
    v1::ExitRecord exit;
    exit.set_reason(reason);
    exit.set_signal(signal);
    return exit;
  }

  FakeAgent agent_;
  v1::RunRequest request_;
};

TEST_F(RunCommandTest, ExitsWithTheJobsCode) {
  std::atomic<int> code = 0;
  agent_.on_run = [&code](auto*, const auto&, auto* writer) {
    writer->Write(Launched());
    v1::RunResponse finished;
    *finished.mutable_finished() = Exited(code);
    writer->Write(finished);
    return grpc::Status::OK;
  };
  agent_.Start();
  for (code = 0; code < 256; ++code) {
    const CommandProcess::Result result = Proctor({"run", "--", "true"});
    ASSERT_EQ(result.code, code) << result.err;
    ASSERT_THAT(result.err, IsEmpty());
  }
}

TEST_F(RunCommandTest, ExitsWith128PlusTheSignal) {
  AnswerRun(Ended(v1::SIGNALED, SIGSEGV));
  agent_.Start();
  EXPECT_EQ(Proctor({"run", "--", "true"}).code, 139);
}

TEST_F(RunCommandTest, TimeoutAndLossAreTold) {
  AnswerRun(Ended(v1::TIMED_OUT, SIGTERM));
  agent_.Start();
  const CommandProcess::Result result = Proctor({"run", "--", "true"});
  EXPECT_EQ(result.code, 124);
  EXPECT_EQ(result.err, "proctor: job job1: timed out (SIGTERM)\n");
}

TEST_F(RunCommandTest, FailedLaunchesSayWhatFailed) {
  const struct {
    const char* call;
    const char* name;
    int number;
    int code;
  } cases[] = {
      {"execve", "ENOENT", 2, 127}, {"execve", "EACCES", 13, 126}, {"chdir", "ENOENT", 2, 125}};
  std::atomic<int> index = 0;
  agent_.on_run = [&](auto*, const auto&, auto*) {
    v1::FailureDetail detail;
    detail.set_stage(v1::IMPERSONATE);
    detail.set_call(cases[index].call);
    detail.set_subject("/x");
    detail.set_os_error_name(cases[index].name);
    detail.set_os_error_code(cases[index].number);
    detail.set_advice("Look again.");
    return FakeAgent::Failure(grpc::NOT_FOUND, "prose", detail);
  };
  agent_.Start();
  for (index = 0; index < 3; ++index) {
    const CommandProcess::Result result = Proctor({"run", "--", "/x"});
    EXPECT_EQ(result.code, cases[index].code);
    EXPECT_EQ(result.err, std::string("proctor: stage IMPERSONATE: ") + cases[index].call +
                              " /x: " + cases[index].name + " (" +
                              std::to_string(cases[index].number) + ")\n  " +
                              OsErrorText(cases[index].number) + "\n  Look again.\n");
  }
}

TEST_F(RunCommandTest, NoAgentIsProctorsFailure) {
  const CommandProcess::Result result = Proctor({"run", "--", "true"});
  EXPECT_EQ(result.code, 125);
  EXPECT_THAT(result.err, HasSubstr("cannot reach the agent at " + agent_.target() +
                                    ": No such file or directory\n"));
}

TEST_F(RunCommandTest, StreamsGoWhereTheyBelong) {
  agent_.on_run = [](auto*, const auto&, auto* writer) {
    writer->Write(Launched());
    writer->Write(Output(v1::STDOUT, 0, std::string("out\0\xff", 5)));
    writer->Write(Output(v1::STDERR, 0, "error\n"));
    v1::RunResponse finished;
    *finished.mutable_finished() = Exited(0);
    writer->Write(finished);
    return grpc::Status::OK;
  };
  agent_.Start();
  const CommandProcess::Result result = Proctor({"run", "--", "true"});
  EXPECT_EQ(result.out, std::string("out\0\xff", 5));
  EXPECT_EQ(result.err, "error\n");
}

TEST_F(RunCommandTest, WordsAreSentAsTheyAre) {
  AnswerRun(Exited(0));
  agent_.Start();
  const auto words = [this] {
    return std::vector<std::string>(request_.spec().argv().begin(), request_.spec().argv().end());
  };
  Proctor({"run", "--", "cmd", "--json", "-x", "", "--", "--timeout", "5"});
  EXPECT_THAT(words(), testing::ElementsAre("cmd", "--json", "-x", "", "--", "--timeout", "5"));
  Proctor({"run", "--timeout", "5s", "cmd", "-x", "--json", "--", "y"});
  EXPECT_THAT(words(), testing::ElementsAre("cmd", "-x", "--json", "--", "y"));
  EXPECT_EQ(request_.spec().timeout().seconds(), 5);
}

TEST_F(RunCommandTest, UsageErrorsAreProctorsFailure) {
  EXPECT_EQ(Proctor({"run"}).code, 125);
  EXPECT_EQ(Proctor({"run", "--"}).code, 125);
  EXPECT_EQ(Proctor({"run", "--no-such-option", "true"}).code, 125);
  EXPECT_EQ(Proctor({"run", "--timeout", "soon", "--", "true"}).code, 125);
}

TEST_F(RunCommandTest, StandardInputIsSent) {
  AnswerRun(Exited(0));
  agent_.on_describe_agent = [](const v1::DescribeAgentRequest&,
                                v1::DescribeAgentResponse* response) {
    response->mutable_limits()->set_max_request_bytes(1 << 20);
    return grpc::Status::OK;
  };
  agent_.Start();
  Proctor({"run", "--stdin", "-", "--", "cat"}, "given\n");
  EXPECT_EQ(request_.spec().standard_input().data(), "given\n");
}

TEST_F(RunCommandTest, VerboseShowsStagesAndExit) {
  AnswerRun(Exited(0));
  agent_.Start();
  const CommandProcess::Result result = Proctor({"run", "--verbose", "--", "true"});
  EXPECT_THAT(result.err, HasSubstr("job job1, pid 4711"));
  EXPECT_THAT(result.err, HasSubstr("IDENTIFY  getsockopt"));
  EXPECT_THAT(result.err, HasSubstr("exit 0"));
}

TEST_F(RunCommandTest, JsonIsOneEventALine) {
  AnswerRun(Exited(3));
  agent_.Start();
  const CommandProcess::Result result = Proctor({"run", "--json", "--", "true"});
  EXPECT_EQ(result.code, 3);
  EXPECT_EQ(result.out,
            "{\"launched\":{\"jobId\":\"job1\",\"mainProcess\":{\"pid\":\"4711\"},\"stages\":"
            "[{\"stage\":\"IDENTIFY\",\"call\":\"getsockopt\"}]}}\n"
            "{\"finished\":{\"reason\":\"EXITED\",\"exitCode\":3,\"final\":true}}\n");
}

// The job prints one byte so that the test knows it runs, and ends when it was killed often enough.
class InterruptedRunTest : public RunCommandTest {
 protected:
  void Start(int kills_to_end) {
    agent_.on_kill = [this, kills_to_end](const v1::KillRequest& request, v1::KillResponse*) {
      EXPECT_EQ(request.job_id(), "job1");
      const bool forced = request.has_grace_period();
      EXPECT_EQ(request.grace_period().seconds(), 0);
      (forced ? forced_kills_ : graceful_kills_)++;
      if (!forced) asked_.Notify();
      if (forced || kills_to_end == 1) ended_.Notify();
      return grpc::Status::OK;
    };
    agent_.on_run = [this](auto*, const auto&, auto* writer) {
      writer->Write(Launched());
      writer->Write(Output(v1::STDOUT, 0, "x"));
      ended_.WaitForNotification();
      v1::RunResponse finished;
      *finished.mutable_finished() = Ended(v1::KILLED, SIGTERM);
      writer->Write(finished);
      return grpc::Status::OK;
    };
    agent_.Start();
  }

  absl::Notification asked_;
  absl::Notification ended_;
  std::atomic<int> graceful_kills_ = 0;
  std::atomic<int> forced_kills_ = 0;
};

TEST_F(InterruptedRunTest, FirstInterruptIsAGracefulKill) {
  Start(1);
  CommandProcess proctor(agent_.target(), {"run", "--", "true"});
  ASSERT_TRUE(proctor.ReadByte());
  ::kill(proctor.pid(), SIGINT);
  const CommandProcess::Result result = proctor.Finish();
  EXPECT_EQ(result.code, 128 + SIGTERM);
  EXPECT_EQ(result.err, "proctor: asked the job to end; once more kills it at once\n");
  EXPECT_EQ(graceful_kills_, 1);
  EXPECT_EQ(forced_kills_, 0);
}

TEST_F(InterruptedRunTest, JsonIsNotInterrupted) {
  Start(1);
  CommandProcess proctor(agent_.target(), {"run", "--json", "--", "true"});
  ASSERT_TRUE(proctor.ReadByte());
  ::kill(proctor.pid(), SIGINT);
  EXPECT_THAT(proctor.Finish().err, IsEmpty());
}

TEST_F(InterruptedRunTest, SecondInterruptKillsAtOnce) {
  Start(2);
  CommandProcess proctor(agent_.target(), {"run", "--", "true"});
  ASSERT_TRUE(proctor.ReadByte());
  ::kill(proctor.pid(), SIGINT);
  ASSERT_TRUE(asked_.WaitForNotificationWithTimeout(absl::Seconds(30)));
  ::kill(proctor.pid(), SIGTERM);
  EXPECT_EQ(proctor.Finish().code, 128 + SIGTERM);
  EXPECT_EQ(graceful_kills_, 1);
  EXPECT_EQ(forced_kills_, 1);
}

// The ticket has ended, and with it the session: the open call is all that is left.
class InterruptedWithoutSessionTest : public RunCommandTest {
 protected:
  void Start() {
    agent_.on_kill = [this](const v1::KillRequest&, v1::KillResponse*) {
      v1::FailureDetail detail;
      detail.set_advice("Get a new ticket: kinit.");
      kills_++;
      return FakeAgent::Failure(grpc::UNAUTHENTICATED, "the ticket has expired", detail);
    };
    agent_.on_run = [this](grpc::ServerContext* context, const auto&, auto* writer) {
      writer->Write(Launched());
      writer->Write(Output(v1::STDOUT, 0, "x"));
      const absl::Time end = absl::Now() + absl::Seconds(30);
      while (!context->IsCancelled() && absl::Now() < end) std::this_thread::yield();
      cancelled_ = context->IsCancelled();
      ended_.Notify();
      return grpc::Status::CANCELLED;
    };
    agent_.Start();
  }

  std::atomic<int> kills_ = 0;
  std::atomic<bool> cancelled_ = false;
  absl::Notification ended_;
};

TEST_F(InterruptedWithoutSessionTest, TheEndOfTheCallEndsTheJob) {
  Start();
  CommandProcess proctor(agent_.target(), {"run", "--", "true"});
  ASSERT_TRUE(proctor.ReadByte());
  ::kill(proctor.pid(), SIGINT);
  const CommandProcess::Result result = proctor.Finish();
  EXPECT_EQ(result.code, 128 + SIGINT);
  EXPECT_THAT(result.err,
              HasSubstr("the ticket has expired\n  Get a new ticket: kinit.\n  The agent "
                        "ends job job1, because nobody waits for it any more.\n"));
  ended_.WaitForNotification();
  EXPECT_TRUE(cancelled_);
  EXPECT_EQ(kills_, 1);
}

TEST_F(InterruptedWithoutSessionTest, AJobThatIsKeptIsNamedAndLeftByTheSecondInterrupt) {
  Start();
  CommandProcess proctor(agent_.target(), {"run", "--on-caller-gone", "keep", "--", "true"});
  ASSERT_TRUE(proctor.ReadByte());
  ::kill(proctor.pid(), SIGINT);
  const std::string told = proctor.ReadErrorUntil("Once more gives up waiting for it.\n");
  EXPECT_THAT(told, HasSubstr("Job job1 goes on. When that is mended: proctor kill job1\n"));
  ::kill(proctor.pid(), SIGINT);
  EXPECT_EQ(proctor.Finish().code, 128 + SIGINT);
  ended_.WaitForNotification();
  EXPECT_TRUE(cancelled_);
}

TEST_F(RunCommandTest, AFailedWriteIsReportedOnce) {
  agent_.on_run = [](auto*, const auto&, auto* writer) {
    writer->Write(Launched());
    writer->Write(Output(v1::STDOUT, 0, "lost"));
    v1::RunResponse finished;
    *finished.mutable_finished() = Exited(0);
    writer->Write(finished);
    return grpc::Status::OK;
  };
  agent_.Start();
  const std::string errors = agent_.directory() + "/err";
  const std::string command = "PROCTOR_AGENT=" + agent_.target() +
                              " '" PROCTOR_BIN_DIR "/proctor' run -- true > /dev/full 2> '" +
                              errors + "'";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 125);
  std::ifstream file(errors);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, "proctor: write standard output: No space left on device (ENOSPC)\n");
}

TEST_F(RunCommandTest, AReaderThatLeavesEndsItQuietly) {
  agent_.on_run = [](auto*, const auto&, auto* writer) {
    writer->Write(Launched());
    uint64_t offset = 0;
    while (writer->Write(Output(v1::STDOUT, offset, "xxxxxxxx"))) offset += 8;
    return grpc::Status::CANCELLED;
  };
  agent_.Start();
  CommandProcess proctor(agent_.target(), {"run", "--", "yes"});
  ASSERT_TRUE(proctor.ReadByte());
  proctor.CloseOutput();
  const CommandProcess::Result result = proctor.Finish();
  EXPECT_EQ(result.code, 141);
  EXPECT_THAT(result.err, IsEmpty());
}

}  // namespace
}  // namespace proctor
