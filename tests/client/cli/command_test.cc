// The commands other than run, as real processes against a fake agent.

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/synchronization/notification.h"
#include "tests/client/cli/command_process.h"
#include "tests/client/fake_agent.h"

namespace proctor {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

bool IsJson(const std::string& line) {
  google::protobuf::Struct parsed;
  return google::protobuf::util::JsonStringToMessage(line, &parsed).ok();
}

v1::Job MakeJob(const std::string& job_id) {
  v1::Job job;
  job.set_job_id(job_id);
  job.set_state(v1::FINISHED);
  job.mutable_owner()->set_name("alice");
  job.mutable_owner()->mutable_posix()->set_uid(1001);
  job.mutable_spec()->add_argv("sh");
  job.mutable_spec()->add_argv("a b");
  job.mutable_main_process()->set_pid(4711);
  job.mutable_created()->set_seconds(1000000000);
  job.mutable_exit()->set_reason(v1::EXITED);
  job.mutable_exit()->set_exit_code(0);
  job.mutable_exit()->mutable_run_time()->set_seconds(2);
  job.mutable_exit()->mutable_standard_output()->set_bytes_kept(2048);
  return job;
}

class CommandTest : public testing::Test {
 protected:
  CommandProcess::Result Proctor(const std::vector<std::string>& arguments) {
    return CommandProcess::Run(agent_.target(), arguments);
  }

  // Sets answers for everything; jobs other than "j1" and "j2" do not exist.
  void AnswerAll() {
    agent_.on_launch = [this](const v1::LaunchRequest& request, v1::LaunchResponse* response) {
      launched_ = request;
      response->set_job_id("j1");
      return grpc::Status::OK;
    };
    agent_.on_wait = [](const v1::WaitRequest& request, v1::WaitResponse* response) {
      if (request.job_id() == "missing") return grpc::Status(grpc::NOT_FOUND, "no such job");
      response->mutable_exit()->set_reason(v1::EXITED);
      response->mutable_exit()->set_exit_code(request.job_id() == "j2" ? 7 : 0);
      return grpc::Status::OK;
    };
    agent_.on_kill = [this](const v1::KillRequest& request, v1::KillResponse* response) {
      killed_ = request;
      response->mutable_exit()->set_reason(v1::KILLED);
      response->mutable_exit()->set_signal(15);
      return grpc::Status::OK;
    };
    agent_.on_get_job = [](const v1::GetJobRequest& request, v1::GetJobResponse* response) {
      *response->mutable_job() = MakeJob(request.job_id());
      return grpc::Status::OK;
    };
    agent_.on_list_jobs = [this](const v1::ListJobsRequest& request,
                                 v1::ListJobsResponse* response) {
      listed_ = request;
      *response->add_jobs() = MakeJob("j1");
      *response->add_jobs() = MakeJob("j2");
      return grpc::Status::OK;
    };
    agent_.on_signal = [this](const v1::SignalRequest& request, auto*) {
      signalled_ = request;
      return grpc::Status::OK;
    };
    agent_.on_delete_job = [](const auto&, auto*) { return grpc::Status::OK; };
    agent_.on_who_am_i = [](const auto&, v1::WhoAmIResponse* response) {
      *response->mutable_principal() = MakeJob("").owner();
      response->set_mechanism("SO_PEERCRED on a Unix socket");
      response->set_can_launch(true);
      return grpc::Status::OK;
    };
    agent_.on_describe_agent = [](const auto&, v1::DescribeAgentResponse* response) {
      response->set_version("0.1.0");
      response->mutable_limits()->set_max_request_bytes(8 << 20);
      v1::Capability* capability = response->add_capabilities();
      capability->set_name("cap_setuid");
      capability->set_purpose("serves other users");
      return grpc::Status::OK;
    };
    agent_.on_watch_jobs = [](auto*, const auto&, auto* writer) {
      v1::WatchJobsResponse event;
      event.set_kind(v1::WatchJobsResponse::WATCHING);
      writer->Write(event);
      event.set_kind(v1::WatchJobsResponse::JOB_MAIN_EXITED);
      event.set_job_id("j1");
      *event.mutable_exit() = MakeJob("").exit();
      writer->Write(event);
      return grpc::Status(grpc::OUT_OF_RANGE, "the end of the test");
    };
    agent_.on_read_output = [this](auto*, const v1::ReadOutputRequest& request, auto* writer) {
      read_ = request;
      v1::ReadOutputResponse response;
      response.mutable_chunk()->set_stream(request.stream());
      response.mutable_chunk()->set_offset(request.offset());
      response.mutable_chunk()->set_data("printed\n");
      writer->Write(response);
      return grpc::Status::OK;
    };
    agent_.Start();
  }

  FakeAgent agent_;
  v1::LaunchRequest launched_;
  v1::KillRequest killed_;
  v1::ListJobsRequest listed_;
  v1::SignalRequest signalled_;
  v1::ReadOutputRequest read_;
};

TEST_F(CommandTest, EveryJsonLineIsValid) {
  AnswerAll();
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"launch", "--json", "--", "true"},
                                             {"wait", "--json", "j1", "j2"},
                                             {"kill", "--json", "j1"},
                                             {"signal", "--json", "USR1", "j1"},
                                             {"ps", "--json"},
                                             {"logs", "--json", "j1"},
                                             {"inspect", "--json", "j1", "j2"},
                                             {"watch", "--json"},
                                             {"rm", "--json", "j1"},
                                             {"whoami", "--json"},
                                             {"info", "--json"}}) {
    const CommandProcess::Result result = Proctor(arguments);
    EXPECT_FALSE(result.out.empty()) << arguments[0] << result.err;
    std::istringstream lines(result.out);
    for (std::string line; std::getline(lines, line);) EXPECT_TRUE(IsJson(line)) << line;
  }
}

TEST_F(CommandTest, JsonErrorsAreJson) {
  AnswerAll();
  const CommandProcess::Result result = Proctor({"wait", "--json", "missing"});
  EXPECT_EQ(result.code, 125);
  EXPECT_EQ(
      result.err,
      "{\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"no such job\",\"jobId\":\"missing\"}}\n");
}

TEST_F(CommandTest, LaunchPrintsTheIdAlone) {
  AnswerAll();
  EXPECT_EQ(Proctor({"launch", "--label", "a=b", "--", "true"}).out, "j1\n");
  EXPECT_EQ(launched_.spec().labels().at("a"), "b");
}

TEST_F(CommandTest, WaitExitsAsTheJob) {
  AnswerAll();
  EXPECT_EQ(Proctor({"wait", "j1"}).code, 0);
  EXPECT_EQ(Proctor({"wait", "j2"}).code, 7);
  const CommandProcess::Result both = Proctor({"wait", "j1", "j2"});
  EXPECT_EQ(both.code, 7);
  EXPECT_EQ(both.out, "j1  exit 0\nj2  exit 7\n");
  EXPECT_EQ(Proctor({"wait", "missing"}).code, 125);
}

TEST_F(CommandTest, KillTakesGraceAndSignal) {
  AnswerAll();
  EXPECT_EQ(Proctor({"kill", "--grace", "3s", "-s", "INT", "j1"}).out, "j1  killed (SIGTERM)\n");
  EXPECT_EQ(killed_.grace_period().seconds(), 3);
  EXPECT_EQ(killed_.signal(), 2);
  Proctor({"kill", "j1"});
  EXPECT_FALSE(killed_.has_grace_period());
  Proctor({"kill", "--now", "j1"});
  EXPECT_TRUE(killed_.has_grace_period());
}

TEST_F(CommandTest, SignalGoesToItsTarget) {
  AnswerAll();
  EXPECT_EQ(Proctor({"signal", "HUP", "j1", "--to", "tree"}).code, 0);
  EXPECT_EQ(signalled_.signal(), 1);
  EXPECT_EQ(signalled_.target(), v1::SignalRequest::TREE);
  EXPECT_EQ(Proctor({"signal", "NOSUCH", "j1"}).code, 2);
}

TEST_F(CommandTest, PsFiltersAndAligns) {
  AnswerAll();
  const CommandProcess::Result result = Proctor({"ps"});
  EXPECT_EQ(listed_.filter().states_size(), 3);
  EXPECT_THAT(result.out, HasSubstr("JOB  OWNER  STATE      PID"));
  EXPECT_THAT(result.out, HasSubstr("j1   alice  finished  4711"));
  EXPECT_THAT(result.out, HasSubstr("exit 0  sh 'a b'"));
  Proctor({"ps", "-a", "--owner", "alice", "--label", "x", "--label", "y=z"});
  EXPECT_EQ(listed_.filter().states_size(), 0);
  EXPECT_EQ(listed_.filter().owner(), "alice");
  EXPECT_EQ(listed_.filter().labels().at("y"), "z");
  Proctor({"ps", "--state", "lost,running"});
  EXPECT_EQ(listed_.filter().states_size(), 2);
  EXPECT_EQ(Proctor({"ps", "--state", "sleeping"}).code, 2);
}

TEST_F(CommandTest, LogsPrintsTheStream) {
  AnswerAll();
  EXPECT_EQ(Proctor({"logs", "j1"}).out, "printed\n");
  EXPECT_EQ(read_.stream(), v1::STDOUT);
  EXPECT_FALSE(read_.follow());
  Proctor({"logs", "-f", "--stderr", "--offset", "1K", "j1"});
  EXPECT_EQ(read_.stream(), v1::STDERR);
  EXPECT_TRUE(read_.follow());
  EXPECT_EQ(read_.offset(), 1024u);
}

TEST_F(CommandTest, LogsEndsQuietlyWhenItsReaderLeaves) {
  agent_.on_read_output = [](auto*, const auto&, auto* writer) {
    v1::ReadOutputResponse response;
    response.mutable_chunk()->set_data("line\n");
    while (writer->Write(response)) {
      response.mutable_chunk()->set_offset(response.chunk().offset() + 5);
    }
    return grpc::Status::CANCELLED;
  };
  agent_.Start();
  CommandProcess proctor(agent_.target(), {"logs", "-f", "j1"});
  ASSERT_TRUE(proctor.ReadByte());
  proctor.CloseOutput();
  const CommandProcess::Result result = proctor.Finish();
  EXPECT_EQ(result.code, 141);
  EXPECT_THAT(result.err, IsEmpty());
}

TEST_F(CommandTest, InspectShowsJobRecordAndSpec) {
  AnswerAll();
  const CommandProcess::Result result = Proctor({"inspect", "j1"});
  EXPECT_THAT(result.out, HasSubstr("Job j1\n"));
  EXPECT_THAT(result.out, HasSubstr("alice (uid 1001, gid 0)"));
  EXPECT_THAT(result.out, HasSubstr("2001-09-09 01:46:40"));
  EXPECT_THAT(result.out, HasSubstr("result  exit 0"));
  EXPECT_THAT(result.out, HasSubstr("2 KiB kept"));
  EXPECT_THAT(result.out, HasSubstr("sh 'a b'"));
}

TEST_F(CommandTest, InspectShowsUserSharingAndNetworkCredentials) {
  AnswerAll();
  agent_.on_get_job = [](const v1::GetJobRequest& request, v1::GetJobResponse* response) {
    v1::Job job = MakeJob(request.job_id());
    job.mutable_user()->set_name("carol");
    job.mutable_user()->mutable_posix()->set_uid(1003);
    job.mutable_network_credentials()->set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
    job.mutable_network_credentials()->set_reason("nothing was delegated");
    v1::AccessGrant* grant = job.mutable_spec()->add_share_with();
    grant->set_user("bob");
    grant->add_rights(v1::QUERY);
    *response->mutable_job() = job;
    return grpc::Status::OK;
  };
  const CommandProcess::Result result = Proctor({"inspect", "j1"});
  EXPECT_THAT(result.out, HasSubstr("carol (uid 1003, gid 0)"));
  EXPECT_THAT(result.out, HasSubstr("no credentials: nothing was delegated"));
  EXPECT_THAT(result.out, HasSubstr("user:bob=query"));
}

TEST_F(CommandTest, UpdateSendsTheChangeAndTheWholeListOfShares) {
  AnswerAll();
  agent_.on_get_job = [](const v1::GetJobRequest& request, v1::GetJobResponse* response) {
    *response->mutable_job() = MakeJob(request.job_id());
    for (const char* user : {"bob", "dora"}) {
      v1::AccessGrant* grant = response->mutable_job()->mutable_spec()->add_share_with();
      grant->set_user(user);
      grant->add_rights(v1::QUERY);
    }
    return grpc::Status::OK;
  };
  v1::UpdateJobRequest updated;
  agent_.on_update_job = [&updated](const v1::UpdateJobRequest& request, auto*) {
    updated = request;
    return grpc::Status::OK;
  };
  EXPECT_EQ(
      Proctor({"update", "j1", "--label", "team=blue", "--remove-label", "stage", "--retention",
               "1h", "--unshare", "user:bob", "--share", "group:ci=terminate,read-output"})
          .code,
      0);
  EXPECT_EQ(updated.job_id(), "j1");
  EXPECT_EQ(updated.set_labels().at("team"), "blue");
  EXPECT_EQ(updated.remove_labels(0), "stage");
  EXPECT_EQ(updated.retention().seconds(), 3600);
  ASSERT_EQ(updated.share_with().grants_size(), 2);
  EXPECT_EQ(updated.share_with().grants(0).user(), "dora");
  EXPECT_EQ(updated.share_with().grants(1).group(), "ci");
  EXPECT_EQ(updated.share_with().grants(1).rights_size(), 2);

  EXPECT_EQ(Proctor({"update", "j1", "--label", "team=red"}).code, 0);
  EXPECT_FALSE(updated.has_share_with()) << "left as it is";
  EXPECT_EQ(Proctor({"update", "j1", "--unshare", "user:eve"}).code, 1);
  EXPECT_EQ(Proctor({"update", "j1", "--share", "bob"}).code, 2);
}

TEST_F(CommandTest, WatchPrintsALineAnEvent) {
  AnswerAll();
  const CommandProcess::Result result = Proctor({"watch"});
  EXPECT_EQ(result.out, "1970-01-01 00:00:00  main exited  j1  exit 0\n");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.err, "proctor: the end of the test\n");
}

TEST_F(CommandTest, WhoamiAndInfo) {
  AnswerAll();
  EXPECT_THAT(Proctor({"whoami"}).out, HasSubstr("alice (uid 1001, gid 0)"));
  EXPECT_THAT(Proctor({"info"}).out, HasSubstr("cap_setuid  no    serves other users"));
}

// Jobs of which "running" goes on, "done" has ended with 3, and the others do not exist. The agent
// takes its time: who waits for "done" is answered after somebody has looked at it.
class WaitTimeoutTest : public CommandTest {
 protected:
  void SetUp() override {
    agent_.on_wait = [this](const v1::WaitRequest& request, v1::WaitResponse* response) {
      if (request.job_id() == "running") {
        over_.WaitForNotification();  // The caller's deadline passes.
        return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "Deadline Exceeded");
      }
      if (request.job_id() != "done") return grpc::Status(grpc::NOT_FOUND, "no such job");
      looked_.WaitForNotification();
      response->mutable_exit()->set_reason(v1::EXITED);
      response->mutable_exit()->set_exit_code(3);
      return grpc::Status::OK;
    };
    agent_.on_get_job = [this](const v1::GetJobRequest& request, v1::GetJobResponse* response) {
      if (request.job_id() == "missing") return grpc::Status(grpc::NOT_FOUND, "no such job");
      v1::Job& job = *response->mutable_job();
      job = MakeJob(request.job_id());
      if (request.job_id() == "running") {
        job.clear_exit();
      } else if (!looked_.HasBeenNotified()) {
        looked_.Notify();
      }
      return grpc::Status::OK;
    };
  }
  void TearDown() override {
    over_.Notify();
    if (!looked_.HasBeenNotified()) looked_.Notify();
    agent_.Stop();
  }

  absl::Notification over_;
  absl::Notification looked_;
};

TEST_F(WaitTimeoutTest, AJobThatGoesOnIsSaidToDoSo) {
  agent_.Start();
  const CommandProcess::Result result = Proctor({"wait", "-t", "300ms", "running"});
  EXPECT_EQ(result.code, 123);
  EXPECT_EQ(result.err, "proctor: job running: timed out after 300ms; the job goes on\n");
}

TEST_F(WaitTimeoutTest, TheJobsThatAreLeftWhenTheTimeIsOverAreLookedAt) {
  agent_.Start();
  CommandProcess::Result result = Proctor({"wait", "-t", "300ms", "running", "done", "missing"});
  EXPECT_EQ(result.code, 123);
  EXPECT_EQ(result.out, "done  exit 3\n");
  EXPECT_THAT(result.err, HasSubstr("job running: timed out after 300ms; the job goes on\n"));
  EXPECT_THAT(result.err, HasSubstr("no such job"));
  EXPECT_THAT(result.err, Not(HasSubstr("job done")));
  result = Proctor({"wait", "--json", "-t", "300ms", "running", "done"});
  EXPECT_EQ(result.code, 123);
  EXPECT_THAT(result.out, HasSubstr("\"jobId\":\"done\""));
}

// The agent is asked in vain once, not for each of the jobs.
TEST_F(WaitTimeoutTest, OfAnAgentThatDoesNotAnswerNothingIsKnown) {
  const grpc::Status away(grpc::UNAVAILABLE, "away");
  std::atomic<int> looks = 0;
  agent_.on_wait = [&](const auto&, auto*) { return away; };
  agent_.on_get_job = [&](const v1::GetJobRequest& request, auto*) {
    if (request.job_id() != "running") ++looks;
    return away;
  };
  agent_.Start();
  const CommandProcess::Result result = Proctor({"wait", "-t", "300ms", "running", "done"});
  EXPECT_EQ(result.code, 125);
  EXPECT_EQ(result.err,
            "proctor: job running: timed out after 300ms; whether the job goes on is not known\n"
            "proctor: job done: timed out after 300ms; whether the job goes on is not known\n");
  EXPECT_EQ(looks, 0);
}

TEST_F(WaitTimeoutTest, OfAPrefixThatIsNotLookedUpInTimeNothingIsKnown) {
  agent_.on_list_jobs = [this](const auto&, auto*) {
    over_.WaitForNotification();
    return grpc::Status::OK;
  };
  agent_.Start();
  const CommandProcess::Result result = Proctor({"wait", "-t", "300ms", "abcd"});
  EXPECT_EQ(result.code, 125);
  EXPECT_EQ(result.err,
            "proctor: job abcd: timed out after 300ms; whether the job goes on is not known\n");
}

TEST_F(CommandTest, StandardInputEndsAtTheAgentsBound) {
  agent_.on_describe_agent = [](const v1::DescribeAgentRequest&,
                                v1::DescribeAgentResponse* response) {
    response->mutable_limits()->set_max_request_bytes(1 << 20);
    return grpc::Status::OK;
  };
  bool launched = false;
  agent_.on_launch = [&launched](const v1::LaunchRequest&, v1::LaunchResponse*) {
    launched = true;
    return grpc::Status::OK;
  };
  agent_.Start();
  const CommandProcess::Result result = Proctor({"launch", "--stdin", "/dev/zero", "--", "cat"});
  EXPECT_EQ(result.code, 125);
  EXPECT_THAT(result.err, HasSubstr("--stdin: more than 1 MiB"));
  EXPECT_THAT(result.err, HasSubstr("limits.max_request_bytes"));
  EXPECT_FALSE(launched);
}

TEST_F(CommandTest, ClosedStandardInputIsAnError) {
  agent_.on_describe_agent = [](const v1::DescribeAgentRequest&,
                                v1::DescribeAgentResponse* response) {
    response->mutable_limits()->set_max_request_bytes(1 << 20);
    return grpc::Status::OK;
  };
  agent_.Start();
  const std::string errors = agent_.directory() + "/err";
  const std::string command = "PROCTOR_AGENT=" + agent_.target() +
                              " '" PROCTOR_BIN_DIR "/proctor' launch --stdin - -- cat <&- 2> '" +
                              errors + "'";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 125);
  std::stringstream text;
  text << std::ifstream(errors).rdbuf();
  EXPECT_THAT(text.str(), HasSubstr("EBADF"));
}

TEST_F(CommandTest, WhatJobsAreCalledCannotTurnTheTerminalsTextRound) {
  agent_.on_list_jobs = [](const v1::ListJobsRequest&, v1::ListJobsResponse* response) {
    *response->add_jobs() = MakeJob("j1");
    response->mutable_jobs(0)->mutable_spec()->set_argv(0, "a\u202Eb\u009B");
    return grpc::Status::OK;
  };
  agent_.Start();
  EXPECT_THAT(Proctor({"ps", "-a"}).out, HasSubstr("a\\u202eb\\x9b"));
  const std::string json = Proctor({"ps", "-a", "--json"}).out;
  EXPECT_THAT(json, testing::Not(HasSubstr("\u202E")));
  EXPECT_THAT(json, testing::Not(HasSubstr("\u009B")));
}

TEST_F(CommandTest, WhatIsMistypedIsGuessed) {
  EXPECT_THAT(Proctor({"lanch", "x"}).err, HasSubstr("did you mean \"launch\"?"));
  EXPECT_THAT(Proctor({"isnpect", "x"}).err, HasSubstr("did you mean \"inspect\"?"));
  EXPECT_THAT(Proctor({"frobnicate"}).err, testing::Not(HasSubstr("did you mean")));
}

TEST_F(CommandTest, HelpAndVersionAsOthersHaveThem) {
  EXPECT_EQ(Proctor({"help", "run"}).out, Proctor({"run", "--help"}).out);
  EXPECT_EQ(Proctor({"help"}).out, Proctor({"--help"}).out);
  EXPECT_EQ(Proctor({"version"}).out, Proctor({"--version"}).out);
  EXPECT_EQ(Proctor({"-V"}).out, Proctor({"--version"}).out);
}

TEST_F(CommandTest, KillTakesASignalAsKillDoes) {
  int signal = 0;
  agent_.on_kill = [&signal](const v1::KillRequest& request, v1::KillResponse*) {
    signal = request.signal();
    return grpc::Status::OK;
  };
  agent_.Start();
  EXPECT_EQ(Proctor({"kill", "-9", "j1"}).code, 0);
  EXPECT_EQ(signal, 9);
}

TEST_F(CommandTest, UsageErrors) {
  EXPECT_EQ(Proctor({}).code, 2);
  EXPECT_EQ(Proctor({"frobnicate"}).code, 2);
  EXPECT_THAT(Proctor({"frobnicate"}).err, HasSubstr("unknown command \"frobnicate\""));
  EXPECT_EQ(Proctor({"kill"}).code, 2);
}

TEST_F(CommandTest, WhatTheAgentDoesNotDoIsToldByTheExitCode) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"run", "--", "true"},
                                             {"launch", "--", "true"},
                                             {"wait", "j1"},
                                             {"kill", "j1"},
                                             {"signal", "USR1", "j1"},
                                             {"ps"},
                                             {"logs", "j1"},
                                             {"inspect", "j1"},
                                             {"watch"},
                                             {"update", "j1", "--label", "a=b"},
                                             {"rm", "j1"},
                                             {"whoami"},
                                             {"login"},
                                             {"info"}}) {
    // 1 may be the code of a job.
    const std::string& command = arguments[0];
    const bool exits_as_job = command == "run" || command == "launch" || command == "wait";
    EXPECT_EQ(Proctor(arguments).code, exits_as_job ? 125 : 1) << command;
    const std::string help = Proctor({command, "--help"}).out;
    EXPECT_THAT(help, HasSubstr(exits_as_job ? "125 when Proctor" : "1 when something failed"));
    EXPECT_EQ(help.find("Exit code:"), help.rfind("Exit code:")) << help;
    EXPECT_EQ(absl::StrContains(help, "four or more characters"),
              arguments.back() != command && absl::StrContains(help, "JOB"))
        << help;
  }
  EXPECT_THAT(Proctor({"--help"}).out, HasSubstr("1 when something failed"));
}

// Jobs by the start of their ids, as an agent would make them.
class JobPrefixTest : public CommandTest {
 protected:
  static constexpr char kFirst[] = "abcd0123456789abcdefghjkmn";
  static constexpr char kSecond[] = "abcd9123456789abcdefghjkmn";

  void SetUp() override {
    AnswerAll();
    agent_.on_list_jobs = [this](const auto& request, v1::ListJobsResponse* response) {
      ++listings_;
      EXPECT_EQ(request.filter().states_size(), 0);
      for (const char* id : {kFirst, kSecond}) *response->add_jobs() = MakeJob(id);
      return grpc::Status::OK;
    };
    agent_.on_wait = [this](const v1::WaitRequest& request, v1::WaitResponse* response) {
      waited_ = request.job_id();
      response->mutable_exit()->set_reason(v1::EXITED);
      response->mutable_exit()->set_exit_code(0);
      return grpc::Status::OK;
    };
    agent_.on_update_job = [](const v1::UpdateJobRequest& request,
                              v1::UpdateJobResponse* response) {
      *response->mutable_job() = MakeJob(request.job_id());
      return grpc::Status::OK;
    };
  }

  std::string waited_;
  int listings_ = 0;
};

TEST_F(JobPrefixTest, WhatOnlyOneIdBeginsWithMeansThatJob) {
  EXPECT_EQ(Proctor({"wait", "abcd0"}).code, 0);
  EXPECT_EQ(waited_, kFirst);
  EXPECT_EQ(Proctor({"kill", "abcd9"}).code, 0);
  EXPECT_EQ(killed_.job_id(), kSecond);
  EXPECT_EQ(Proctor({"logs", "abcd9"}).code, 0);
  EXPECT_EQ(read_.job_id(), kSecond);
  EXPECT_EQ(Proctor({"signal", "USR1", "abcd0"}).code, 0);
  EXPECT_EQ(signalled_.job_id(), kFirst);
  EXPECT_THAT(Proctor({"inspect", "abcd0"}).out, HasSubstr(kFirst));
  EXPECT_THAT(Proctor({"rm", "--json", "abcd0"}).out, HasSubstr(kFirst));
  EXPECT_THAT(Proctor({"update", "--json", "--label", "a=b", "abcd9"}).out, HasSubstr(kSecond));
}

TEST_F(JobPrefixTest, WhatSeveralIdsBeginWithIsAnErrorThatListsThem) {
  for (const char* command : {"wait", "kill", "logs", "inspect", "rm"}) {
    const CommandProcess::Result result = Proctor({command, "abcd"});
    EXPECT_NE(result.code, 0);
    EXPECT_THAT(result.err, HasSubstr(kFirst));
    EXPECT_THAT(result.err, HasSubstr(kSecond));
  }
  EXPECT_EQ(waited_, "");
  EXPECT_EQ(killed_.job_id(), "");
}

TEST_F(JobPrefixTest, BytesThatNoIdHasAreInvalid) {
  for (const char* command : {"wait", "kill", "logs", "inspect", "rm"}) {
    const CommandProcess::Result result = Proctor({command, "\xff"});
    EXPECT_NE(result.code, 0);
    EXPECT_THAT(result.err, HasSubstr("is no job's id")) << command;
  }
}

TEST_F(JobPrefixTest, WhatNoIdBeginsWithIsNoJob) {
  const CommandProcess::Result result = Proctor({"wait", "wxyz"});
  EXPECT_EQ(result.code, 125);
  EXPECT_THAT(result.err, HasSubstr("no job has an id that begins with 'wxyz'"));
  EXPECT_THAT(result.err, HasSubstr("proctor ps --all"));
}

TEST_F(JobPrefixTest, WholeIdsAndShorterWordsAreTheAgentsToJudge) {
  EXPECT_EQ(Proctor({"wait", kSecond}).code, 0);
  EXPECT_EQ(waited_, kSecond);
  EXPECT_EQ(Proctor({"wait", "abc"}).code, 0);
  EXPECT_EQ(waited_, "abc");
  EXPECT_EQ(listings_, 0);
}

TEST_F(CommandTest, PsShowsAsMuchOfACommandAsOneCanRead) {
  agent_.on_list_jobs = [](const auto&, v1::ListJobsResponse* response) {
    *response->add_jobs() = MakeJob("j1");
    response->mutable_jobs(0)->mutable_spec()->set_argv(1, std::string(5000, 'x'));
    return grpc::Status::OK;
  };
  agent_.Start();
  const CommandProcess::Result result = Proctor({"ps"});
  EXPECT_LT(result.out.size(), 400u);
  EXPECT_THAT(result.out, HasSubstr("xxx…\n"));
  EXPECT_THAT(Proctor({"ps", "--json"}).out, HasSubstr(std::string(5000, 'x')));
}

TEST_F(CommandTest, MistypedOptionsAreGuessed) {
  EXPECT_THAT(Proctor({"run", "--lable", "a=b", "true"}).err,
              HasSubstr("unknown option \"--lable\"; did you mean \"--label\"?"));
  EXPECT_THAT(Proctor({"ps", "--jsn"}).err, HasSubstr("did you mean \"--json\"?"));
  EXPECT_THAT(Proctor({"--jsn", "ps"}).err, HasSubstr("did you mean \"--json\"?"));
  EXPECT_THAT(Proctor({"kill", "--grase=3s", "j1"}).err, HasSubstr("did you mean \"--grace\"?"));
  EXPECT_THAT(Proctor({"ps", "--frobnicate"}).err, HasSubstr("unknown option \"--frobnicate\"\n"));
  EXPECT_THAT(Proctor({"logs", "j1", "j2"}).err, HasSubstr("unexpected argument \"j2\""));
}

TEST_F(CommandTest, WrongValuesNameTheirOption) {
  EXPECT_THAT(Proctor({"kill", "--grace", "soon", "j1"}).err, HasSubstr("--grace: "));
  EXPECT_THAT(Proctor({"kill", "-s", "FOO", "j1"}).err, HasSubstr("--signal: "));
  EXPECT_THAT(Proctor({"logs", "--offset", "x", "j1"}).err, HasSubstr("--offset: "));
  EXPECT_THAT(Proctor({"logs", "--limit", "x", "j1"}).err, HasSubstr("--limit: "));
  EXPECT_THAT(Proctor({"wait", "-t", "soon", "j1"}).err, HasSubstr("--timeout: "));
}

TEST_F(CommandTest, LabelsAreKeyAndValueEverywhere) {
  for (const char* command : {"run", "launch", "update", "ps", "watch"}) {
    EXPECT_THAT(Proctor({command, "--help"}).out, HasSubstr("-l,--label KEY=VALUE ")) << command;
  }
  EXPECT_THAT(Proctor({"run", "--label", "a", "--", "true"}).err,
              HasSubstr("--label: \"a\" is not KEY=VALUE"));
  EXPECT_THAT(Proctor({"update", "--label", "a", "j1"}).err,
              HasSubstr("--label: \"a\" is not KEY=VALUE"));
}

TEST_F(CommandTest, ASignalInTheJobsPlaceIsSaidToBeThere) {
  const CommandProcess::Result swapped = Proctor({"signal", "j1", "j2", "USR1"});
  EXPECT_EQ(swapped.code, 2);
  EXPECT_THAT(swapped.err, HasSubstr("the signal comes first: proctor signal USR1 j1 j2\n"));
  const CommandProcess::Result kill = Proctor({"kill", "TERM", "j1"});
  EXPECT_EQ(kill.code, 2);
  EXPECT_THAT(kill.err, HasSubstr("proctor kill --signal TERM j1\n"));
}

TEST_F(CommandTest, WhoHasNoGroupsIsToldNothingOfThem) {
  AnswerAll();
  EXPECT_THAT(Proctor({"whoami"}).out, HasSubstr("gid 0\n"));
}

TEST_F(CommandTest, WhoamiSaysWhereAnIdentityComesFrom) {
  AnswerAll();
  EXPECT_THAT(Proctor({"whoami"}).out, Not(HasSubstr("account by"))) << "nobody says";
  agent_.on_who_am_i = [](const v1::WhoAmIRequest&, v1::WhoAmIResponse* who) {
    who->mutable_principal()->set_name("alice");
    who->mutable_principal()->mutable_posix()->set_uid(1001);
    v1::AuthenticationContext* how = who->mutable_authentication();
    how->set_mapped_by("a rule");
    how->set_sids_from("a ticket");
    how->set_account_checked_by("a module");
    return grpc::Status::OK;
  };
  const std::string out = Proctor({"whoami"}).out;
  EXPECT_THAT(out, ContainsRegex("account by +a rule\n"));
  EXPECT_THAT(out, ContainsRegex("SIDs from +a ticket\n"));
  EXPECT_THAT(out, ContainsRegex("checked by +a module\n"));
}

TEST_F(CommandTest, TheCheckOfALoginIsForPeopleAndForAnotherMachine) {
  AnswerAll();
  const CommandProcess::Result local = Proctor({"login", "--check"});
  EXPECT_EQ(local.code, 1);
  EXPECT_THAT(local.err, HasSubstr("--check: shows people (not --json) what Kerberos needs"));
  for (const char* option : {"--json", "--logon=alice"}) {
    const CommandProcess::Result refused =
        CommandProcess::Run("agent.invalid", {"login", "--check", option});
    EXPECT_EQ(refused.code, 1) << option;
    EXPECT_THAT(refused.err, HasSubstr("--check: shows people (not --json)"));
    EXPECT_THAT(refused.err, HasSubstr("a password (--logon) needs nothing of it"));
  }
  EXPECT_THAT(local.out, IsEmpty());
}

TEST_F(CommandTest, HelpAndVersion) {
  EXPECT_EQ(Proctor({"--help"}).code, 0);
  EXPECT_THAT(Proctor({"whoami", "--help"}).out, HasSubstr("DOMAIN\\name or name@domain"));
  EXPECT_THAT(Proctor({"run", "--help"}).out, HasSubstr("--on-caller-gone"));
  EXPECT_EQ(Proctor({"--version"}).out, "proctor " PROCTOR_VERSION "\n");
}

// Without care the connection would become standard output, and the answer be written into it.
TEST_F(CommandTest, ClosedStandardOutputIsReported) {
  AnswerAll();
  const std::string command = "PROCTOR_AGENT=" + agent_.target() +
                              " '" PROCTOR_BIN_DIR "/proctor' ps -a >&- 2> '" + agent_.directory() +
                              "/err'";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 125);
}

TEST_F(CommandTest, FullDiskIsReported) {
  AnswerAll();
  // /dev/full is the kernel's full disk.
  const std::string command = "PROCTOR_AGENT=" + agent_.target() +
                              " '" PROCTOR_BIN_DIR "/proctor' ps -a > /dev/full 2> '" +
                              agent_.directory() + "/err'";
  const int status = std::system(command.c_str());
  EXPECT_EQ(WEXITSTATUS(status), 125);
}

TEST_F(CommandTest, BytesThatAreNotUtf8BringNoWordsOfALibrary) {
  AnswerAll();
  for (const char* const command : {"inspect", "wait", "kill", "logs"}) {
    EXPECT_THAT(Proctor({command, "\xff"}).err, Not(HasSubstr("libprotobuf"))) << command;
  }
}

}  // namespace
}  // namespace proctor
