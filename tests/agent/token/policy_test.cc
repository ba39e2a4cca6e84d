#include "agent/token/policy.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "agent/token/policy_source.h"
#include "common/failure_detail.h"
#include "tests/agent/token/fake_account_names.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

constexpr char kAdministratorsSid[] = "S-1-5-32-544";

const FakeAccountNames kNames(
    {{"alice", "1001"}, {"bob", "1002"}, {"carol", "1003"}, {"ci", "2000"}},
    {{"developers", "500"}, {"controllers", "600"}, {"wheel", "700"}, {"guests", "800"}});

const Principal kAlice = Principal::Posix(1001, 1001, {500}, "alice");
const Principal kBob = Principal::Posix(1002, 1002, {}, "bob");
const Principal kCarol = Principal::Posix(1003, 1003, {500, 700}, "carol");
const Principal kDora = Principal::Posix(1004, 500, {}, "dora");  // By her primary group.
const Principal kController = Principal::Posix(2000, 2000, {600}, "ci");
const Principal kRoot = Principal::Posix(0, 0, {}, "root");

Principal Realm(const std::string& name) {
  v1::Principal proto;
  proto.mutable_kerberos()->set_principal(name);
  return Principal(std::move(proto));
}

// `who` as it comes with a ticket of a domain.
Principal OfDomain(const Principal& who, const std::string& sid,
                   const std::vector<std::string>& groups) {
  v1::Principal proto = who.proto();
  proto.mutable_domain()->set_principal("somebody@REALM");
  proto.mutable_domain()->set_sid(sid);
  for (const std::string& group : groups) proto.mutable_domain()->add_group_sids(group);
  return Principal(std::move(proto));
}

Principal Windows(const std::string& sid, const std::vector<std::string>& groups,
                  const std::string& integrity = "S-1-16-8192", bool elevated = false) {
  v1::Principal proto;
  proto.mutable_windows()->set_sid(sid);
  for (const std::string& group : groups) proto.mutable_windows()->add_group_sids(group);
  proto.mutable_windows()->set_integrity(integrity);
  proto.mutable_windows()->set_elevated(elevated);
  return Principal(std::move(proto));
}

absl::StatusOr<std::shared_ptr<const Policy>> TryCompile(const std::string& text) {
  config::AgentConfig config;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &config)) << text;
  return Policy::Compile(config, kNames);
}

std::shared_ptr<const Policy> Compile(const std::string& text) { return *TryCompile(text); }

constexpr char kControllersForDevelopers[] =
    "administrators_group: 'wheel' "
    "policy { run_as { callers { group: 'controllers' } users { group: 'developers' } } }";

TEST(PolicyTest, WithoutRulesEverybodyConnectsAndLaunchesAsThemselvesAndNobodyElse) {
  const auto policy = Compile("");
  for (const Principal& who : {kAlice, kRoot, Windows("S-1-5-21-1", {})}) {
    EXPECT_TRUE(policy->MayConnect(who).ok());
    EXPECT_TRUE(policy->MayLaunch(who).ok());
    EXPECT_TRUE(policy->MayRunAs(who, who).ok());
  }
  EXPECT_EQ(policy->MayRunAs(kAlice, kBob).code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(policy->MayRunAs(kRoot, kAlice).code(), absl::StatusCode::kPermissionDenied)
      << "also the superuser needs a rule";
  EXPECT_EQ(policy->MayRunAs(kAlice, kRoot).code(), absl::StatusCode::kPermissionDenied);
}

TEST(PolicyTest, ARuleLetsItsCallersRunAsItsUsersOnly) {
  const auto policy = Compile(kControllersForDevelopers);
  EXPECT_TRUE(policy->MayRunAs(kController, kAlice).ok());
  EXPECT_TRUE(policy->MayRunAs(kController, kDora).ok()) << "a primary group counts";
  EXPECT_FALSE(policy->MayRunAs(kController, kBob).ok()) << "not a developer";
  EXPECT_FALSE(policy->MayRunAs(kAlice, kController).ok()) << "not the other way round";
  EXPECT_FALSE(policy->MayRunAs(kAlice, kDora).ok()) << "not a controller";
  EXPECT_THAT(std::string(policy->MayRunAs(kController, kBob).message()), HasSubstr("bob"));
}

TEST(PolicyTest, NoRuleReachesTheSuperuserOrAnAdministrator) {
  const auto policy = Compile(
      "administrators_group: 'wheel' policy { administrators { user: 'bob' } "
      "run_as { callers { user: 'ci' } users { everybody: true } } }");
  EXPECT_TRUE(policy->MayRunAs(kController, kAlice).ok());
  EXPECT_FALSE(policy->MayRunAs(kController, kRoot).ok());
  EXPECT_FALSE(policy->MayRunAs(kController, kCarol).ok()) << "administrators_group";
  EXPECT_FALSE(policy->MayRunAs(kController, kBob).ok()) << "policy.administrators";
  EXPECT_FALSE(policy->MayRunAs(kController, Realm("eve@REALM")).ok()) << "no account at all";
  EXPECT_FALSE(Compile("policy { run_as { callers { everybody: true } users { user: 'alice' } } }")
                   ->MayRunAs(Realm("eve@REALM"), kAlice)
                   .ok())
      << "nor for those who have none";
  EXPECT_TRUE(policy->MayRunAs(kCarol, kCarol).ok()) << "as themselves they may";
}

TEST(PolicyTest, NoRuleReachesWhoAdministratesWindows) {
  const auto policy = Compile(
      "administrators_group: 'S-1-5-21-9' "
      "policy { run_as { callers { everybody: true } users { everybody: true } } }");
  const Principal caller = Windows("S-1-5-21-1", {});
  EXPECT_TRUE(policy->MayRunAs(caller, Windows("S-1-5-21-2", {})).ok());
  EXPECT_FALSE(policy->MayRunAs(caller, Windows("S-1-5-18", {})).ok()) << "LocalSystem";
  EXPECT_FALSE(policy->MayRunAs(caller, Windows("S-1-5-21-3", {kAdministratorsSid})).ok());
  EXPECT_FALSE(policy->MayRunAs(caller, Windows("S-1-5-21-3", {"S-1-5-21-9"})).ok());
  EXPECT_FALSE(policy->MayRunAs(caller, Windows("S-1-5-21-3", {}, "S-1-16-12288")).ok());
  EXPECT_FALSE(policy->MayRunAs(caller, Windows("S-1-5-20", {}, "S-1-16-16384")).ok());
  EXPECT_FALSE(policy->MayRunAs(caller, Windows("S-1-5-21-3", {}, "S-1-16-8192", true)).ok());
}

TEST(PolicyTest, NeverWinsOverEveryRule) {
  const auto policy = Compile(
      "policy {"
      "  run_as { callers { user: 'ci' } users { everybody: true } never { group: 'guests' } }"
      "  run_as { callers { everybody: true } users { everybody: true } never { user: 'bob' } }"
      "}");
  const Principal guest = Principal::Posix(1009, 1009, {800}, "guest");
  EXPECT_FALSE(policy->MayRunAs(kController, guest).ok()) << "although the second rule allows it";
  EXPECT_TRUE(policy->MayRunAs(kAlice, guest).ok()) << "the first rule does not name this caller";
  EXPECT_FALSE(policy->MayRunAs(kController, kBob).ok());
}

TEST(PolicyTest, BeforeGroupsAreKnownOnlyWhatNoGroupCouldAllowIsRefused) {
  const auto policy = Compile(
      "policy { run_as { callers { user: 'S-1-5-21-1' } users { group: 'S-1-5-21-500' } "
      "never { user: 'S-1-5-21-7' } } }");
  const Principal caller = Windows("S-1-5-21-1", {});
  EXPECT_TRUE(policy->CouldRunAs(caller, Windows("S-1-5-21-2", {})).ok());
  EXPECT_FALSE(policy->MayRunAs(caller, Windows("S-1-5-21-2", {})).ok()) << "that decides nothing";
  EXPECT_FALSE(policy->CouldRunAs(caller, Windows("S-1-5-21-7", {})).ok());
  EXPECT_FALSE(policy->CouldRunAs(caller, Windows("S-1-5-18", {})).ok());
  EXPECT_FALSE(policy->CouldRunAs(Windows("S-1-5-21-3", {}), Windows("S-1-5-21-2", {})).ok());
}

TEST(PolicyTest, MayConnectIsForThoseItNamesAndForAdministrators) {
  const auto policy = Compile(
      "administrators_group: 'wheel' policy { may_connect { user: 'ci' group: 'guests' } }");
  EXPECT_TRUE(policy->MayConnect(kController).ok());
  EXPECT_TRUE(policy->MayConnect(Principal::Posix(5, 800, {}, "")).ok());
  EXPECT_TRUE(policy->MayConnect(kRoot).ok());
  EXPECT_TRUE(policy->MayConnect(kCarol).ok());
  const absl::Status refused = policy->MayConnect(kAlice);
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(GetFailureDetail(refused)->advice(), HasSubstr("may_connect"));
  EXPECT_FALSE(policy->MayLaunch(kAlice).ok()) << "who may not connect may not launch";
  EXPECT_FALSE(policy->MayConnect(Realm("eve@REALM")).ok());
}

TEST(PolicyTest, AnEmptySetIsNobody) {
  const auto policy = Compile("policy { may_connect {} may_launch {} }");
  EXPECT_FALSE(policy->MayConnect(kAlice).ok());
  EXPECT_TRUE(policy->MayConnect(kRoot).ok());
  EXPECT_FALSE(policy->MayLaunch(kRoot).ok()) << "launching is for those named only";
}

TEST(PolicyTest, MayLaunchAlsoBoundsWhatOneDoesAsOneself) {
  const auto policy = Compile("policy { may_launch { group: 'controllers' } }");
  EXPECT_TRUE(policy->MayLaunch(kController).ok());
  EXPECT_TRUE(policy->MayConnect(kAlice).ok());
  EXPECT_FALSE(policy->MayLaunch(kAlice).ok());
  EXPECT_FALSE(policy->MayRunAs(kAlice, kAlice).ok());
}

TEST(PolicyTest, AdministratorsAreTheSuperuserTheGroupAndThoseNamed) {
  const auto policy =
      Compile("administrators_group: 'wheel' policy { administrators { user: 'bob' } }");
  EXPECT_TRUE(policy->IsAdministrator(kRoot));
  EXPECT_TRUE(policy->IsAdministrator(kCarol));
  EXPECT_TRUE(policy->IsAdministrator(kBob));
  EXPECT_FALSE(policy->IsAdministrator(kAlice));
  EXPECT_FALSE(policy->IsAdministrator(Windows("S-1-5-21-1", {kAdministratorsSid})))
      << "another group was named";
  EXPECT_TRUE(Compile("")->IsAdministrator(Windows("S-1-5-21-1", {kAdministratorsSid})));
  EXPECT_FALSE(Compile("")->IsAdministrator(kCarol));
}

TEST(PolicyTest, ADomainsGroupAndUserAreThoseOfTheTicketAndOfNothingElse) {
  const auto policy = Compile(
      "policy {"
      "  may_connect { domain_group: 'S-1-5-21-1-2-3-1104' sid: 'S-1-5-21-1-2-3-1200' }"
      "  run_as { callers { domain_group: 'S-1-5-21-1-2-3-1104' } users { user: 'ci' } }"
      "  bounds { who { domain_group: 'S-1-5-21-1-2-3-1104' } max_sessions: 3 }"
      "}");
  const Principal member = OfDomain(kAlice, "S-1-5-21-1-2-3-1105", {"S-1-5-21-1-2-3-1104"});
  EXPECT_TRUE(policy->MayConnect(member).ok());
  EXPECT_TRUE(policy->MayRunAs(member, kController).ok());
  EXPECT_EQ(policy->LimitsFor(member).max_sessions, 3u);
  EXPECT_FALSE(policy->MayRunAs(member, kBob).ok()) << "no rule names Bob";
  EXPECT_FALSE(policy->MayConnect(kAlice).ok()) << "the same account, without a ticket";
  const Principal other = OfDomain(kAlice, "S-1-5-21-1-2-3-1105", {"S-1-5-21-9-9-9-1104"});
  EXPECT_FALSE(policy->MayConnect(other).ok()) << "another domain's group";
  const Principal named = OfDomain(kBob, "S-1-5-21-1-2-3-1200", {});
  EXPECT_TRUE(policy->MayConnect(named).ok());
  EXPECT_FALSE(policy->MayRunAs(named, kController).ok()) << "not in the group";
  EXPECT_FALSE(policy->MayConnect(OfDomain(kBob, "S-1-5-21-1-2-3-1104", {})).ok())
      << "a group's SID is no user's";
  EXPECT_FALSE(policy->MayConnect(OfDomain(kBob, "", {"S-1-5-21-1-2-3-1200"})).ok())
      << "a user's SID is no group's";
}

TEST(PolicyTest, WhoHasNoAccountIsInNoSetWhateverADomainSays) {
  const auto policy = Compile("policy { may_connect { sid: 'S-1-5-21-1-2-3-1200' } }");
  EXPECT_FALSE(policy->MayConnect(OfDomain(Realm("eve@REALM"), "S-1-5-21-1-2-3-1200", {})).ok());
}

TEST(PolicyTest, ADomainsGroupAndUserAreThoseOfAWindowsToken) {
  const FakeAccountNames names({}, {}, /*accounts_have_sids=*/true);
  config::AgentConfig config;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "policy {"
      "  may_connect { domain_group: 'S-1-5-21-1-2-3-1104' }"
      "  run_as {"
      "    callers { domain_group: 'S-1-5-21-1-2-3-1104' }"
      "    users { domain_group: 'S-1-5-21-1-2-3-1300' }"
      "    never { sid: 'S-1-5-21-1-2-3-1301' } } }",
      &config));
  const auto policy = Policy::Compile(config, names).value();
  const Principal member = Windows("S-1-5-21-1-2-3-1105", {"S-1-5-21-1-2-3-1104"});
  EXPECT_TRUE(policy->MayConnect(member).ok());
  EXPECT_FALSE(policy->MayConnect(Windows("S-1-5-21-1-2-3-1105", {})).ok());
  const std::string target = "S-1-5-21-1-2-3-1302";
  EXPECT_TRUE(policy->CouldRunAs(member, Windows(target, {})).ok()) << "a logon tells its groups";
  EXPECT_TRUE(policy->MayRunAs(member, Windows(target, {"S-1-5-21-1-2-3-1300"})).ok());
  EXPECT_FALSE(policy->MayRunAs(member, Windows(target, {})).ok());
  EXPECT_FALSE(
      policy->MayRunAs(member, Windows("S-1-5-21-1-2-3-1301", {"S-1-5-21-1-2-3-1300"})).ok());
}

TEST(PolicyTest, TheFirstBoundsThatNameThePrincipalCount) {
  const auto policy = Compile(
      "policy {"
      "  bounds { who { user: 'ci' } max_running_jobs: 9 }"
      "  bounds { who { everybody: true } max_running_jobs: 2 max_sessions: 1 }"
      "}");
  EXPECT_EQ(policy->LimitsFor(kController).max_running_jobs, 9u);
  EXPECT_FALSE(policy->LimitsFor(kController).max_sessions.has_value());
  EXPECT_EQ(policy->LimitsFor(kAlice).max_running_jobs, 2u);
  EXPECT_EQ(policy->LimitsFor(kAlice).max_sessions, 1u);
  EXPECT_FALSE(Compile("")->LimitsFor(kAlice).max_running_jobs.has_value());
}

TEST(PolicyTest, AnErrorNamesTheFieldOfTheConfiguration) {
  const struct {
    const char* text;
    const char* field;
    const char* says;
  } kCases[] = {
      {"administrators_group: 'nix'", "administrators_group", "no group 'nix'"},
      {"policy { may_connect { user: 'alice' user: 'nix' } }", "policy.may_connect.user[1]",
       "no user 'nix'"},
      {"policy { may_launch { group: 'nix' } }", "policy.may_launch.group[0]", "no group"},
      {"policy { administrators { group: 'nix' } }", "policy.administrators.group[0]", "no group"},
      {"policy { run_as { users {} } }", "policy.run_as[0]", "callers"},
      {"policy { run_as { callers {} } }", "policy.run_as[0]", "users"},
      {"policy { run_as { callers {} users { group: 'developers' group: 'nix' } } }",
       "policy.run_as[0].users.group[1]", "no group"},
      {"policy { run_as { callers {} users {} never { user: 'nix' } } }",
       "policy.run_as[0].never.user[0]", "no user"},
      {"policy { bounds { max_sessions: 1 } }", "policy.bounds[0]", "who"},
      {"policy { bounds { who { user: 'nix' } } }", "policy.bounds[0].who.user[0]", "no user"},
      {"policy { may_connect { sid: 'S-1-5-21-1' sid: 'alice' } }", "policy.may_connect.sid[1]",
       "not a SID"},
      {"policy { may_launch { domain_group: 'S-1-5-' } }", "policy.may_launch.domain_group[0]",
       "not a SID"},
      // Who is looked up has none here.
      {"policy { run_as { callers {} users {} never { sid: 'S-1-5-21-1' } } }",
       "policy.run_as[0].never.sid", "only callers have SIDs"},
      {"policy { run_as { callers {} users { domain_group: 'S-1-5-21-1' } } }",
       "policy.run_as[0].users.domain_group", "only callers have SIDs"},
      {"policy { administrators { domain_group: 'S-1-5-21-1' } }",
       "policy.administrators.domain_group", "only callers have SIDs"},
  };
  for (const auto& test : kCases) {
    const absl::Status status = TryCompile(test.text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.text;
    ASSERT_TRUE(GetFailureDetail(status).has_value()) << test.text;
    EXPECT_EQ(GetFailureDetail(status)->field(), test.field);
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.field));
    EXPECT_THAT(std::string(status.message()), HasSubstr(test.says));
  }
}

TEST(PolicyTest, AReloadChangesWhatIsDecidedNextAndLeavesWhatIsHeld) {
  PolicySource source(Compile("policy { may_launch {} }"));
  const std::shared_ptr<const Policy> held = source.Current();
  EXPECT_FALSE(source.MayLaunch(kAlice).ok());
  source.Replace(Compile(kControllersForDevelopers));
  EXPECT_TRUE(source.MayLaunch(kAlice).ok());
  EXPECT_TRUE(source.MayRunAs(kController, kAlice).ok());
  EXPECT_FALSE(held->MayLaunch(kAlice).ok());
}

}  // namespace
}  // namespace proctor
