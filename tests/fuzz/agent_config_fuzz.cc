#include "tests/fuzz/agent_config_fuzz.h"

#include <google/protobuf/text_format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "agent/config_file.h"
#include "agent/token/policy.h"
#include "tests/agent/token/fake_account_names.h"

namespace proctor {
namespace {

constexpr char kName[] = "proctord.textproto";

void Check(bool holds) {
  if (!holds) std::abort();
}

Principal Windows(const std::string& sid, const std::string& group) {
  v1::Principal proto;
  proto.mutable_windows()->set_sid(sid);
  proto.mutable_windows()->add_group_sids(group);
  return Principal(std::move(proto));
}

const std::vector<Principal>& Everybody() {
  static const auto* const kEverybody = [] {
    auto* principals = new std::vector<Principal>{
        Principal::Posix(0, 0, {}, "root"),       Principal::Posix(1001, 1001, {500}, "alice"),
        Principal::Posix(1002, 1002, {}, "bob"),  Principal::Posix(1003, 500, {700}, "carol"),
        Windows("S-1-5-18", "S-1-1-0"),           Windows("S-1-5-21-1-2-3-1001", "S-1-5-32-544"),
        Windows("S-1-5-21-1-2-3-1002", "S-1-1-0")};
    v1::Principal realm;
    realm.mutable_kerberos()->set_principal("eve@EXAMPLE.COM");
    principals->emplace_back(realm);
    return principals;
  }();
  return *kEverybody;
}

void CheckPair(const Policy& policy, bool has_rules, const Principal& caller,
               const Principal& user) {
  const bool may = policy.MayRunAs(caller, user).ok();
  const bool itself = caller.key() == user.key();
  if (may) Check(policy.MayLaunch(caller).ok() && policy.CouldRunAs(caller, user).ok());
  if (itself) Check(may == policy.MayLaunch(caller).ok());
  if (may && !itself) {
    Check(has_rules);
    Check(!user.IsSuperuser() && !policy.IsAdministrator(user));
    Check(!user.IsMemberOf("S-1-5-32-544"));
    Check(!caller.proto().has_kerberos() && !user.proto().has_kerberos());
  }
}

void CheckPolicy(const config::AgentConfig& config, const AccountNames& names) {
  const absl::StatusOr<std::shared_ptr<const Policy>> compiled = Policy::Compile(config, names);
  Check(compiled.ok());
  const Policy& policy = **compiled;
  for (const Principal& caller : Everybody()) {
    if (policy.MayLaunch(caller).ok()) Check(policy.MayConnect(caller).ok());
    if (caller.IsSuperuser()) Check(policy.IsAdministrator(caller));
    policy.LimitsFor(caller);
    for (const Principal& user : Everybody()) {
      CheckPair(policy, config.policy().run_as_size() > 0, caller, user);
    }
  }
}

}  // namespace

void FuzzAgentConfig(const uint8_t* data, size_t size) {
  static const FakeAccountNames kNames(
      {{"root", "0"}, {"alice", "1001"}, {"bob", "1002"}, {"carol", "1003"}},
      {{"developers", "500"},
       {"svc-controllers", "600"},
       {"wheel", "700"},
       {"administrators", "800"}});
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<config::AgentConfig> config = ParseConfig(text, kName, kNames);
  if (!config.ok()) {
    Check(config.status().code() == absl::StatusCode::kInvalidArgument);
    Check(absl::StartsWith(config.status().message(), kName));
    return;
  }
  Check(ValidateConfig(*config).ok());
  CheckPolicy(*config, kNames);
  std::string printed;
  Check(google::protobuf::TextFormat::PrintToString(*config, &printed));
  const absl::StatusOr<config::AgentConfig> again = ParseConfig(printed, kName, kNames);
  Check(again.ok());
  Check(again->SerializeAsString() == config->SerializeAsString());
}

}  // namespace proctor
