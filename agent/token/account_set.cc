#include "agent/token/account_set.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/token/config_error.h"

namespace proctor {

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
  return set;
}

bool AccountSet::Contains(const Principal& principal) const {
  if (everybody_ || users_.contains(principal.key())) return true;
  return std::any_of(groups_.begin(), groups_.end(),
                     [&](const std::string& group) { return principal.IsMemberOf(group); });
}

}  // namespace proctor
