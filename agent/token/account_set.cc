#include "agent/token/account_set.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/token/config_error.h"
#include "agent/token/sid.h"

namespace proctor {
namespace {

// Of accounts.sid or accounts.domain_group.
absl::Status TakeSids(const google::protobuf::RepeatedPtrField<std::string>& sids,
                      absl::string_view field, absl::flat_hash_set<std::string>* set) {
  for (int i = 0; i < sids.size(); ++i) {
    if (!IsSid(sids[i])) {
      return ConfigError(absl::StrCat(field, "[", i, "]"),
                         absl::StrCat("'", sids[i], "' is not a SID, as S-1-5-21-1-2-3-1104 is"));
    }
    set->insert(sids[i]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AccountSet> AccountSet::Resolve(const config::Accounts& accounts,
                                               const AccountNames& names, absl::string_view field) {
  AccountSet set;
  set.everybody_ = accounts.everybody();
  for (int i = 0; i < accounts.user_size(); ++i) {
    absl::StatusOr<std::string> key = names.UserKey(accounts.user(i));
    if (!key.ok()) {
      return ConfigError(absl::StrCat(field, ".user[", i, "]"), key.status().message());
    }
    set.users_.insert(*std::move(key));
  }
  for (int i = 0; i < accounts.group_size(); ++i) {
    absl::StatusOr<std::string> key = names.GroupKey(accounts.group(i));
    if (!key.ok()) {
      return ConfigError(absl::StrCat(field, ".group[", i, "]"), key.status().message());
    }
    set.groups_.push_back(*std::move(key));
  }
  absl::Status taken = TakeSids(accounts.sid(), absl::StrCat(field, ".sid"), &set.sids_);
  taken.Update(
      TakeSids(accounts.domain_group(), absl::StrCat(field, ".domain_group"), &set.domain_groups_));
  if (!taken.ok()) return taken;
  return set;
}

bool AccountSet::ContainsByDomain(const Principal& principal) const {
  if (sids_.empty() && domain_groups_.empty()) return false;
  const v1::Principal& proto = principal.proto();
  const bool windows = proto.has_windows();
  const auto& groups = windows ? proto.windows().group_sids() : proto.domain().group_sids();
  return sids_.contains(windows ? proto.windows().sid() : proto.domain().sid()) ||
         std::any_of(groups.begin(), groups.end(),
                     [&](const std::string& sid) { return domain_groups_.contains(sid); });
}

bool AccountSet::Contains(const Principal& principal) const {
  if (everybody_ || users_.contains(principal.key())) return true;
  if (principal.proto().has_kerberos()) return false;
  if (ContainsByDomain(principal)) return true;
  return std::any_of(groups_.begin(), groups_.end(),
                     [&](const std::string& group) { return principal.IsMemberOf(group); });
}

}  // namespace proctor
