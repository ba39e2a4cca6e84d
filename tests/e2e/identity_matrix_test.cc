// Users x calls x owners: a job has exactly its caller's identity, and is its caller's alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "common/failure_detail.h"
#include "tests/capabilities/posix/shared_build.h"
#include "tests/e2e/agent_fixture.h"

namespace proctor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr char kUnknownJob[] = "00000000000000000000000000";

// What print_identity printed: each name with its values in order.
using Identity = std::map<std::string, std::vector<std::string>>;

Identity ParseIdentity(const std::string& output) {
  Identity identity;
  for (const std::string& line : Lines(output)) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    identity[parts[0]].push_back(parts.size() > 1 ? parts[1] : "");
  }
  return identity;
}

class IdentityMatrixTest : public AgentTest {
 protected:
  void SetUp() override {
    if (!IsRoot()) GTEST_SKIP() << "needs root, to make accounts and to launch as them";
  }

  Identity IdentityOfJob(const Account& account, const v1::LaunchSpec& spec) {
    return ParseIdentity(As(account, [&spec](AgentClient& client) {
      const std::string id = Launch(client, spec).job_id();
      EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
      return Output(client, id);
    }));
  }
};

TEST_F(IdentityMatrixTest, AJobHasExactlyItsCallersIds) {
  StartAgent();
  const TestGroup first;
  const TestGroup second;
  const TestUser in_both({first.name(), second.name()});
  const TestUser in_none;
  for (const Account& account : {in_both.account(), in_none.account()}) {
    Identity job = IdentityOfJob(account, Spec("print_identity"));
    const std::string uid = absl::StrCat(account.uid);
    const std::string gid = absl::StrCat(account.gid);
    EXPECT_THAT(job["uids"], ElementsAre(absl::StrCat(uid, " ", uid, " ", uid)));
    EXPECT_THAT(job["gids"], ElementsAre(absl::StrCat(gid, " ", gid, " ", gid)));
    std::vector<uint32_t> groups;
    for (const absl::string_view group : absl::StrSplit(job["groups"].at(0), ' ')) {
      groups.push_back(static_cast<uint32_t>(std::stoul(std::string(group))));
    }
    std::sort(groups.begin(), groups.end());
    EXPECT_EQ(groups, account.groups);
  }
}

TEST_F(IdentityMatrixTest, AnOrdinaryUsersJobHasNoCapabilitiesAndNoWayBack) {
  StartAgent();
  Identity job = IdentityOfJob(user(), Spec("print_identity"));
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    EXPECT_THAT(job[set], ElementsAre("0000000000000000")) << set;
  }
  for (const char* attempt : {"setuid0", "setresuid0", "setgid0", "setgroups0"}) {
    EXPECT_THAT(job[attempt], ElementsAre("Operation not permitted")) << attempt;
  }
}

TEST_F(IdentityMatrixTest, AJobHasItsThreeStreamsAndNoOtherDescriptor) {
  StartAgent();
  Identity job = IdentityOfJob(user(), Spec("print_identity"));
  EXPECT_THAT(job["fd"], UnorderedElementsAre("0 /dev/null", MatchesRegex("1 pipe:.*"),
                                              MatchesRegex("2 pipe:.*")));
}

TEST_F(IdentityMatrixTest, AJobHasTheLoginEnvironmentOfItsUserAndNothingOfTheAgents) {
  ASSERT_EQ(::setenv("PROCTOR_TEST_LEAK", "of the agent", 1), 0);
  StartAgent();
  ::unsetenv("PROCTOR_TEST_LEAK");
  Identity job = IdentityOfJob(user(), Spec("print_identity"));
  std::map<std::string, std::string> environment;
  for (const std::string& entry : job["env"]) {
    const std::vector<std::string> parts = absl::StrSplit(entry, absl::MaxSplits('=', 1));
    environment[parts[0]] = parts[1];
  }
  EXPECT_EQ(environment["HOME"], user().home);
  EXPECT_EQ(environment["USER"], user().name);
  EXPECT_EQ(environment["LOGNAME"], user().name);
  EXPECT_EQ(environment["SHELL"], "/bin/sh");
  EXPECT_THAT(environment["PATH"], HasSubstr("/usr/bin"));
  EXPECT_EQ(environment["PROCTOR_JOB_ID"].size(), 26u);
  EXPECT_THAT(environment, Not(Contains(Key("PROCTOR_TEST_LEAK"))));
  EXPECT_THAT(job["cwd"], ElementsAre(user().home));
}

TEST_F(IdentityMatrixTest, TheEnvironmentCanBeOverlaidReducedOrExact) {
  StartAgent();
  v1::LaunchSpec spec = Spec("print_identity");
  (*spec.mutable_environment()->mutable_variables())["EXTRA"] = "a=b";
  (*spec.mutable_environment()->mutable_variables())["HOME"] = "/elsewhere";
  spec.mutable_environment()->add_unset("SHELL");
  Identity overlaid = IdentityOfJob(user(), spec);
  EXPECT_THAT(overlaid["env"], Contains("EXTRA=a=b"));
  EXPECT_THAT(overlaid["env"], Contains("HOME=/elsewhere"));
  EXPECT_THAT(overlaid["env"], Not(Contains(HasSubstr("SHELL="))));
  EXPECT_THAT(overlaid["env"], Contains("USER=" + user().name));
  spec = Spec("print_identity");
  spec.mutable_environment()->set_base(v1::Environment::EXACT);
  (*spec.mutable_environment()->mutable_variables())["ONLY"] = "this";
  EXPECT_THAT(IdentityOfJob(user(), spec)["env"], ElementsAre("ONLY=this"));
}

TEST_F(IdentityMatrixTest, AJobStartsWithCleanSignalsAndASessionOfItsOwn) {
  StartAgent();
  Identity job = IdentityOfJob(user(), Spec("print_identity"));
  EXPECT_THAT(job["SigBlk"], ElementsAre("0000000000000000"));
  EXPECT_THAT(job["SigIgn"], ElementsAre("0000000000000000"));
  EXPECT_EQ(job["sid"], job["pid"]);
  EXPECT_EQ(job["pgid"], job["pid"]);
  EXPECT_THAT(job["umask"], ElementsAre("0022"));
}

TEST_F(IdentityMatrixTest, RestrictionsTakeAway) {
  StartAgent();
  v1::LaunchSpec spec = Spec("print_identity");
  EXPECT_THAT(IdentityOfJob(user(), spec)["NoNewPrivs"], ElementsAre("0"));
  spec.mutable_restrictions()->set_no_new_privileges(true);
  spec.mutable_restrictions()->set_drop_all_capabilities(true);
  Identity restricted = IdentityOfJob(user(), spec);
  EXPECT_THAT(restricted["NoNewPrivs"], ElementsAre("1"));
  EXPECT_THAT(restricted["CapBnd"], ElementsAre("0000000000000000"));
  Identity root = IdentityOfJob(Account::Current(), spec);
  EXPECT_THAT(root["CapEff"], ElementsAre("0000000000000000"));
}

TEST_F(IdentityMatrixTest, GroupsAreThoseOfTheConnectionNotOfTheDatabase) {
  const TestGroup group;
  const TestUser member({group.name()});
  StartAgent();
  Account reduced = member.account();
  reduced.groups = {member.account().gid};
  Identity job = IdentityOfJob(reduced, Spec("print_identity"));
  EXPECT_THAT(job["groups"], ElementsAre(absl::StrCat(member.account().gid)));
}

TEST_F(IdentityMatrixTest, WhoAmINamesTheCaller) {
  StartAgent();
  Do(user(), [this](AgentClient& client) {
    const v1::WhoAmIResponse who = Must(client.WhoAmI());
    EXPECT_EQ(who.principal().name(), user().name);
    EXPECT_EQ(who.principal().posix().uid(), user().uid);
    EXPECT_EQ(who.principal().posix().gid(), user().gid);
    EXPECT_TRUE(who.can_launch());
    EXPECT_FALSE(who.administrator());
    EXPECT_THAT(who.mechanism(), HasSubstr("SO_PEERCRED"));
  });
  Do(Account::Current(),
     [](AgentClient& client) { EXPECT_TRUE(Must(client.WhoAmI()).administrator()); });
}

// Every call that names a job, made on `job_id`; the statuses, with the id itself left out.
std::string CallEverything(AgentClient& client, const std::string& job_id) {
  std::vector<std::string> answers;
  const auto note = [&](const char* call, const absl::Status& status) {
    answers.push_back(
        absl::StrCat(call, ": ", absl::StrReplaceAll(status.ToString(), {{job_id, "ID"}})));
  };
  CallOptions options;
  options.deadline = absl::Seconds(20);
  v1::GetJobRequest get;
  get.set_job_id(job_id);
  note("GetJob", client.GetJob(get, options).status());
  v1::WaitRequest wait;
  wait.set_job_id(job_id);
  options.deadline = absl::Seconds(1);
  note("Wait", client.Wait(wait, options).status());
  options.deadline = absl::Seconds(20);
  v1::ReadOutputRequest read;
  read.set_job_id(job_id);
  read.set_stream(v1::STDOUT);
  note("ReadOutput", client
                         .ReadOutput(
                             read, [](const v1::OutputChunk&) { return true; }, options)
                         .status());
  v1::SignalRequest signal;
  signal.set_job_id(job_id);
  signal.set_signal(18);  // SIGCONT: no effect where it is allowed.
  note("Signal", client.Signal(signal, options).status());
  v1::DeleteJobRequest remove;
  remove.set_job_id(job_id);
  note("DeleteJob", client.DeleteJob(remove, options).status());
  v1::KillRequest kill;
  kill.set_job_id(job_id);
  kill.mutable_grace_period();
  note("Kill", client.Kill(kill, options).status());
  return absl::StrJoin(answers, "\n");
}

TEST_F(IdentityMatrixTest, AStrangersJobAnswersExactlyAsOneThatDoesNotExist) {
  StartAgent();
  const std::string id = AsUser([this](AgentClient& client) {
    const std::string job_id = Launch(client, Spec("wait_for_end")).job_id();
    AwaitOutput(client, job_id, "ready");
    return job_id;
  });
  const std::string of_stranger =
      As(other_user(), [&id](AgentClient& client) { return CallEverything(client, id); });
  const std::string of_unknown =
      As(other_user(), [](AgentClient& client) { return CallEverything(client, kUnknownJob); });
  EXPECT_EQ(of_stranger, of_unknown);
  for (const std::string& answer : Lines(of_stranger)) {
    EXPECT_THAT(answer, HasSubstr("NOT_FOUND"));
  }
  DoAsUser([&id](AgentClient& client) {
    EXPECT_EQ(GetJob(client, id).state(), v1::RUNNING) << "the stranger's Kill had an effect";
    Kill(client, id, absl::ZeroDuration());
  });
}

TEST_F(IdentityMatrixTest, TheOwnerAndTheAdministratorsMayDoEverything) {
  const TestGroup administrators;
  const TestUser member({administrators.name()});
  AgentSetup setup;
  setup.config = absl::StrCat("administrators_group: \"", administrators.name(), "\"");
  StartAgent(setup);
  for (const Account& caller : {user(), member.account(), Account::Current()}) {
    const std::string id = AsUser([this](AgentClient& client) {
      const std::string job_id = Launch(client, Spec("wait_for_end")).job_id();
      AwaitOutput(client, job_id, "ready");
      return job_id;
    });
    const std::string answers =
        As(caller, [&id](AgentClient& client) { return CallEverything(client, id); });
    const std::vector<std::string> lines = Lines(answers);
    EXPECT_THAT(lines, Contains("GetJob: OK")) << caller.name;
    EXPECT_THAT(lines, Contains(HasSubstr("Wait: DEADLINE_EXCEEDED"))) << caller.name;
    EXPECT_THAT(lines, Contains("ReadOutput: OK")) << caller.name;
    EXPECT_THAT(lines, Contains("Signal: OK")) << caller.name;
    EXPECT_THAT(lines, Contains(HasSubstr("DeleteJob: FAILED_PRECONDITION"))) << caller.name;
    EXPECT_THAT(lines, Contains("Kill: OK")) << caller.name;
  }
}

TEST_F(IdentityMatrixTest, ListsShowOnesOwnJobsAndAdministratorsAll) {
  StartAgent();
  const auto launch = [this](AgentClient& client) {
    return Launch(client, Spec("exit_with")).job_id();
  };
  const std::string mine = AsUser(launch);
  const std::string theirs = As(other_user(), launch);
  const auto list = [](AgentClient& client) {
    std::vector<std::string> ids;
    for (const v1::Job& job : Must(client.ListAllJobs())) ids.push_back(job.job_id());
    return absl::StrJoin(ids, "\n");
  };
  EXPECT_THAT(Lines(AsUser(list)), ElementsAre(mine));
  EXPECT_THAT(Lines(As(other_user(), list)), ElementsAre(theirs));
  EXPECT_THAT(Lines(As(Account::Current(), list)), UnorderedElementsAre(mine, theirs));
  const std::string owned = As(Account::Current(), [this](AgentClient& client) {
    v1::JobFilter filter;
    filter.set_owner(other_user().name);
    std::vector<std::string> ids;
    for (const v1::Job& job : Must(client.ListAllJobs(filter))) ids.push_back(job.job_id());
    return absl::StrJoin(ids, "\n");
  });
  EXPECT_THAT(Lines(owned), ElementsAre(theirs));
}

TEST_F(IdentityMatrixTest, AJobCannotTouchTheAgentsFilesNorItsProcesses) {
  StartAgent();
  EXPECT_THAT(AsUser([this](AgentClient&) {
                std::string reachable;
                for (const char* name : {"state", "state/journal.db", "jobhost.sock"}) {
                  if (::access(directory().File(name).c_str(), R_OK) == 0) reachable += name;
                }
                return reachable;
              }),
              IsEmpty());
}

TEST_F(IdentityMatrixTest, AnAgentWithoutPrivilegesServesItsOwnUserAndSaysWhatIsMissing) {
  PROCTOR_REQUIRES_SHARED_BUILD();
  AgentSetup setup;
  setup.account = user();
  StartAgent(setup);
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("print_identity")).job_id();
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
    Identity job = ParseIdentity(Output(client, id));
    EXPECT_THAT(job["uids"],
                ElementsAre(absl::StrCat(user().uid, " ", user().uid, " ", user().uid)));
    const v1::DescribeAgentResponse about = Must(client.DescribeAgent());
    bool setuid_missing = false;
    for (const v1::Capability& capability : about.capabilities()) {
      if (absl::StrContains(capability.name(), "setuid")) {
        setuid_missing = !capability.held();
        EXPECT_FALSE(capability.purpose().empty());
      }
    }
    EXPECT_TRUE(setuid_missing) << about.DebugString();
  });
  Do(other_user(), [this](AgentClient& client) {
    const absl::Status status = TryLaunch(client, Spec("exit_with")).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(GetFailureDetail(status).value_or(v1::FailureDetail()).advice(), Not(IsEmpty()));
    const v1::WhoAmIResponse who = Must(client.WhoAmI());
    EXPECT_FALSE(who.can_launch());
    EXPECT_THAT(who.cannot_launch_reason(), Not(IsEmpty()));
  });
}

}  // namespace
}  // namespace proctor
