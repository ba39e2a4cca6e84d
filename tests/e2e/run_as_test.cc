// Acting for another user, sharing a job, and the policy that says who may: several real users.

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/failure_detail.h"
#include "proctor/v1/agent.grpc.pb.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kUnknownJob[] = "00000000000000000000000000";

v1::LaunchSpec Sleep() {
  v1::LaunchSpec spec;
  spec.add_argv("/bin/sleep");
  spec.add_argv("1000");
  return spec;
}

v1::LaunchSpec RunAs(v1::LaunchSpec spec, const std::string& user) {
  spec.set_run_as(user);
  return spec;
}

class RunAsTest : public AgentTest {
 protected:
  void SetUp() override {
    if (!IsRoot()) GTEST_SKIP() << "needs root, to make accounts and to launch as them";
    controllers_ = std::make_unique<TestGroup>();
    developers_ = std::make_unique<TestGroup>();
    controller_ = std::make_unique<TestUser>(std::vector<std::string>{controllers_->name()});
    alice_ = std::make_unique<TestUser>(std::vector<std::string>{developers_->name()});
    bob_ = std::make_unique<TestUser>();
  }

  const Account& controller() { return controller_->account(); }
  const Account& alice() { return alice_->account(); }
  const Account& bob() { return bob_->account(); }

  // Controllers may act for developers.
  std::string Rule() {
    return absl::StrCat("run_as { callers { group: '", controllers_->name(), "' } users { group: '",
                        developers_->name(), "' } }");
  }
  void StartWith(const std::string& policy) {
    AgentSetup setup;
    setup.config = PolicyText(policy);
    StartAgent(setup);
  }
  static std::string PolicyText(const std::string& policy) {
    return absl::StrCat("policy {\n", policy, "\n}");
  }
  bool AwaitLog(const std::string& text) {
    return Eventually([&] { return absl::StrContains(agent().Log(), text); });
  }

  std::string LaunchAs(const Account& account, const v1::LaunchSpec& spec) {
    return As(account, [&](AgentClient& client) { return Launch(client, spec).job_id(); });
  }
  void End(const Account& account, const std::string& id) {
    Do(account, [&](AgentClient& client) { Kill(client, id, absl::ZeroDuration()); });
  }

 private:
  std::unique_ptr<TestGroup> controllers_;
  std::unique_ptr<TestGroup> developers_;
  std::unique_ptr<TestUser> controller_;
  std::unique_ptr<TestUser> alice_;
  std::unique_ptr<TestUser> bob_;
};

TEST_F(RunAsTest, APermittedJobHasItsUsersIdentityAndTheRecordShowsBoth) {
  StartWith(Rule());
  const std::string output = As(controller(), [this](AgentClient& client) {
    const v1::LaunchResponse launched = Launch(client, RunAs(Spec("print_identity"), alice().name));
    EXPECT_EQ(launched.user().posix().uid(), alice().uid);
    for (const v1::StageReport& stage : launched.stages()) {
      if (stage.stage() == v1::ACQUIRE_LOGON_TOKEN) {
        EXPECT_EQ(stage.call(), "getpwnam_r, getgrouplist, pam_acct_mgmt");
      }
    }
    EXPECT_EQ(WaitFinal(client, launched.job_id()).exit_code(), 0);
    const v1::Job job = GetJob(client, launched.job_id());
    EXPECT_EQ(job.owner().posix().uid(), controller().uid);
    EXPECT_EQ(job.user().name(), alice().name);
    const auto jobs = client.ListAllJobs();
    EXPECT_EQ(jobs->at(0).user().posix().uid(), alice().uid);
    EXPECT_EQ(jobs->at(0).owner().posix().uid(), controller().uid);
    return Output(client, launched.job_id());
  });
  const std::string uid = absl::StrCat(alice().uid);
  const std::string gid = absl::StrCat(alice().gid);
  EXPECT_THAT(output, HasSubstr(absl::StrCat("uids ", uid, " ", uid, " ", uid, "\n")));
  EXPECT_THAT(output, HasSubstr(absl::StrCat("gids ", gid, " ", gid, " ", gid, "\n")));
  EXPECT_THAT(output, HasSubstr(absl::StrCat("env HOME=", alice().home, "\n")));
  EXPECT_THAT(output, HasSubstr(absl::StrCat("env USER=", alice().name, "\n")));
  EXPECT_THAT(output, HasSubstr(absl::StrCat("cwd ", alice().home, "\n")));
  for (const uint32_t group : alice().groups) {
    EXPECT_THAT(output, ContainsRegex(absl::StrCat("groups [0-9 ]*", group)));
  }
  EXPECT_TRUE(
      AwaitLog(absl::StrCat("user ", alice().name, " (uid ", uid, ") for ", controller().name)));
}

TEST_F(RunAsTest, NobodyRunsAsAnAccountThatMayNotBeUsedAnyMore) {
  AgentSetup setup;
  setup.config = PolicyText(Rule()) + "\naccount_check { cache_seconds: 0 }";
  StartAgent(setup);
  const auto expire = [this](const std::string& date) {
    return std::system(absl::StrCat("usermod --expiredate '", date, "' ", alice().name).c_str());
  };
  ASSERT_EQ(expire("2001-01-01"), 0);
  Do(controller(), [this](AgentClient& client) {
    const absl::Status status = TryLaunch(client, RunAs(Sleep(), alice().name)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("expired"));
    const auto detail = GetFailureDetail(status);
    ASSERT_TRUE(detail.has_value());
    EXPECT_EQ(detail->stage(), v1::ACQUIRE_LOGON_TOKEN);
    EXPECT_EQ(detail->call(), "pam_acct_mgmt");
  });
  ASSERT_EQ(expire(""), 0);
  End(controller(), LaunchAs(controller(), RunAs(Sleep(), alice().name)));
}

TEST_F(RunAsTest, NobodyRunsAsRootOrAsWhomNoRuleNames) {
  StartWith(absl::StrCat(Rule(), " run_as { callers { user: '", controller().name,
                         "' } users { everybody: true } never { user: '", bob().name, "' } }"));
  Do(controller(), [this](AgentClient& client) {
    for (const std::string& user :
         {std::string("root"), std::string("0"), bob().name, std::string("no-such-user")}) {
      const absl::Status status = TryLaunch(client, RunAs(Sleep(), user)).status();
      EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << user << status;
      const auto detail = GetFailureDetail(status);
      EXPECT_EQ(detail->stage(), v1::AUTHORISE);
      EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("'", user, "'")));
    }
  });
  Do(alice(), [this](AgentClient& client) {
    EXPECT_EQ(TryLaunch(client, RunAs(Sleep(), controller().name)).status().code(),
              absl::StatusCode::kPermissionDenied);
    const std::string id = Launch(client, RunAs(Sleep(), alice().name)).job_id();
    EXPECT_EQ(GetJob(client, id).user().posix().uid(), alice().uid) << "as oneself always";
    Kill(client, id, absl::ZeroDuration());
  });
}

TEST_F(RunAsTest, TheUserHasEveryRightAndAStrangerIsToldOfNoJob) {
  StartWith(Rule());
  const std::string id = LaunchAs(controller(), RunAs(Sleep(), alice().name));
  Do(bob(), [&id](AgentClient& client) {
    v1::GetJobRequest request;
    request.set_job_id(id);
    const absl::Status stranger = client.GetJob(request).status();
    request.set_job_id(kUnknownJob);
    const absl::Status nobody = client.GetJob(request).status();
    EXPECT_EQ(stranger.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(absl::StrReplaceAll(stranger.message(), {{id, kUnknownJob}}), nobody.message());
    EXPECT_THAT(*client.ListAllJobs(), IsEmpty());
  });
  Do(alice(), [&id](AgentClient& client) {
    EXPECT_EQ(client.ListAllJobs()->size(), 1u);
    Kill(client, id, absl::ZeroDuration());
  });
}

TEST_F(RunAsTest, EachSharedRightIsGrantedAloneWithTheSightOfTheJob) {
  StartWith("");
  using Try = std::function<absl::Status(AgentClient&, const std::string&)>;
  const std::vector<std::pair<v1::JobRight, Try>> tries = {
      {v1::READ_OUTPUT,
       [](AgentClient& client, const std::string& id) {
         v1::ReadOutputRequest request;
         request.set_job_id(id);
         request.set_stream(v1::STDOUT);
         return client.ReadOutput(request, [](const auto&) { return true; }).status();
       }},
      {v1::SIGNAL,
       [](AgentClient& client, const std::string& id) {
         v1::SignalRequest request;
         request.set_job_id(id);
         request.set_signal(SIGCONT);
         return client.Signal(request).status();
       }},
      {v1::SET_ATTRIBUTES,
       [](AgentClient& client, const std::string& id) {
         v1::UpdateJobRequest request;
         request.set_job_id(id);
         (*request.mutable_set_labels())["seen"] = "yes";
         return client.UpdateJob(request).status();
       }},
      {v1::DELETE_RECORD,  // Of a job that still runs: who may is told so.
       [](AgentClient& client, const std::string& id) {
         v1::DeleteJobRequest request;
         request.set_job_id(id);
         const absl::Status status = client.DeleteJob(request).status();
         return absl::IsFailedPrecondition(status) ? absl::OkStatus() : status;
       }},
      {v1::TERMINATE,
       [](AgentClient& client, const std::string& id) {
         v1::KillRequest request;
         request.set_job_id(id);
         request.mutable_grace_period();
         return client.Kill(request).status();
       }},
  };
  for (const auto& granted : tries) {
    v1::LaunchSpec spec = Sleep();
    v1::AccessGrant* grant = spec.add_share_with();
    grant->set_user(bob().name);
    grant->add_rights(granted.first);
    const std::string id = LaunchAs(alice(), spec);
    Do(bob(), [&](AgentClient& client) {
      EXPECT_EQ(GetJob(client, id).owner().posix().uid(), alice().uid);
      for (const auto& asked : tries) {
        const absl::Status status = asked.second(client, id);
        EXPECT_EQ(status.code(), asked.first == granted.first ? absl::StatusCode::kOk
                                                              : absl::StatusCode::kNotFound)
            << asked.first << " of " << granted.first << ": " << status;
      }
    });
    End(alice(), id);
  }
}

TEST_F(RunAsTest, AGrantToNobodyIsNamedByItsField) {
  StartWith("");
  Do(alice(), [](AgentClient& client) {
    v1::LaunchSpec spec = Sleep();
    v1::AccessGrant* grant = spec.add_share_with();
    grant->set_user("no-such-user");
    grant->add_rights(v1::QUERY);
    const absl::Status status = TryLaunch(client, spec).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(GetFailureDetail(status)->field(), "spec.share_with[0].user");
  });
}

TEST_F(RunAsTest, UserAndSharingSurviveTheAgent) {
  StartWith(Rule());
  v1::LaunchSpec spec = RunAs(Sleep(), alice().name);
  const std::string id = LaunchAs(controller(), spec);
  Do(controller(), [&](AgentClient& client) {
    v1::UpdateJobRequest request;
    request.set_job_id(id);
    (*request.mutable_set_labels())["team"] = "blue";
    v1::AccessGrant* grant = request.mutable_share_with()->add_grants();
    grant->set_user(bob().name);
    grant->add_rights(v1::QUERY);
    EXPECT_TRUE(client.UpdateJob(request).ok());
  });
  agent().Kill();
  agent().Start();
  Do(bob(), [&](AgentClient& client) {
    const v1::Job job = GetJob(client, id);
    EXPECT_EQ(job.state(), v1::RUNNING);
    EXPECT_EQ(job.user().posix().uid(), alice().uid);
    EXPECT_EQ(job.spec().labels().at("team"), "blue");
    v1::KillRequest request;
    request.set_job_id(id);
    EXPECT_EQ(client.Kill(request).status().code(), absl::StatusCode::kNotFound);
  });
  End(alice(), id);
}

TEST_F(RunAsTest, AReloadDecidesAnewAndDropsNoConnection) {
  StartWith("");
  const std::string ready = Shared("ready");
  const auto task = Begin(alice(), [&ready](AgentClient& client) {
    const std::string id = Launch(client, Sleep()).job_id();
    // A bare call: what breaks its connection breaks it.
    grpc::Status waited;
    const std::shared_ptr<grpc::Channel> channel = client.channel();
    std::thread waiter([&] {
      grpc::ClientContext context;
      v1::WaitRequest request;
      request.set_job_id(id);
      v1::WaitResponse response;
      waited = v1::Agent::NewStub(channel)->Wait(&context, request, &response);
    });
    std::ofstream(ready) << "ready";
    EXPECT_TRUE(Eventually([&] {
      const auto launched = TryLaunch(client, Sleep());
      if (!launched.ok()) return absl::IsPermissionDenied(launched.status());
      Kill(client, launched->job_id(), absl::ZeroDuration());
      return false;
    })) << "launching was not forbidden";
    Kill(client, id, absl::ZeroDuration());
    waiter.join();
    EXPECT_TRUE(waited.ok()) << waited.error_message();
    return std::string("done");
  });
  ASSERT_TRUE(Eventually([&] { return ReadFile(ready) == "ready"; }));
  agent().Reload(PolicyText("may_launch { user: 'root' }"));
  EXPECT_EQ(task->Join(), "done");
}

TEST_F(RunAsTest, AFileThatCannotBeUsedChangesNothingAndTheLogNamesTheLine) {
  StartWith(Rule());
  agent().Reload(PolicyText("may_connect {\n  user: 'no-such-user'\n}"));
  EXPECT_TRUE(AwaitLog("the earlier policy stands"));
  EXPECT_THAT(agent().Log(), ContainsRegex("agent.textproto:[0-9]+:3: configuration field "
                                           "policy.may_connect.user.0.: no user 'no-such-user'"));
  End(controller(), LaunchAs(controller(), RunAs(Sleep(), alice().name)));
  agent().Reload(PolicyText("may_connect { "));
  EXPECT_TRUE(AwaitLog("Expected"));
  End(controller(), LaunchAs(controller(), RunAs(Sleep(), alice().name)));
}

TEST_F(RunAsTest, WhoMayNotConnectIsToldSo) {
  StartWith(absl::StrCat("may_connect { user: '", alice().name, "' }"));
  End(alice(), LaunchAs(alice(), Sleep()));
  Do(bob(), [this](AgentClient& client) {
    const absl::Status status = client.WhoAmI().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_THAT(std::string(status.message()), HasSubstr(bob().name));
  });
  agent().Reload(PolicyText(""));
  ASSERT_TRUE(AwaitLog("is in force"));
  End(bob(), LaunchAs(bob(), Sleep()));
}

TEST_F(RunAsTest, BoundsCountForTheOwner) {
  StartWith(absl::StrCat(Rule(), " bounds { who { user: '", controller().name,
                         "' } max_running_jobs: 1 }"));
  const std::string id = LaunchAs(controller(), RunAs(Sleep(), alice().name));
  Do(controller(), [](AgentClient& client) {
    const absl::Status status = TryLaunch(client, Sleep()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(GetFailureDetail(status)->subject(), "policy.bounds.max_running_jobs");
  });
  End(alice(), LaunchAs(alice(), Sleep()));
  End(controller(), id);
}

}  // namespace
}  // namespace proctor
