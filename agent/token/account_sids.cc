#include "agent/token/account_sids.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/token/config_error.h"
#include "agent/token/sid.h"

namespace proctor {

absl::StatusOr<AccountSids> AccountSids::Resolve(const config::NegotiateConfig& config,
                                                 const AccountNames& names,
                                                 const SidDirectory* directory) {
  AccountSids sids;
  sids.directory_ = directory;
  sids.required_ = config.require_account_sid();
  for (int i = 0; i < config.account_sid_size(); ++i) {
    const config::AccountSid& entry = config.account_sid(i);
    const std::string field = absl::StrCat("negotiate.account_sid[", i, "]");
    absl::StatusOr<std::string> key = names.UserKey(entry.account());
    if (!key.ok()) return ConfigError(field + ".account", key.status().message());
    if (!IsSid(entry.sid())) {
      return ConfigError(field + ".sid", absl::StrCat("'", entry.sid(), "' is not a SID"));
    }
    sids.sids_[*std::move(key)].insert(entry.sid());
  }
  return sids;
}

absl::string_view AccountSids::SourceFor(const Principal& account) const {
  if (sids_.contains(account.key())) return "account_sid";
  return required_ ? "the machine's id map" : "";
}

absl::Status AccountSids::IsMapped(const Principal& account, absl::string_view sid) const {
  const absl::StatusOr<uint32_t> uid = directory_ == nullptr
                                           ? absl::UnavailableError("the machine has no id map")
                                           : directory_->UidOf(std::string(sid));
  if (uid.ok() && absl::StrCat(*uid) == account.key()) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      "nobody says that the account ", account.ToString(), " belongs to ", sid, ": ",
      uid.ok() ? absl::StrCat("that has uid ", *uid) : std::string(uid.status().message())));
}

absl::Status AccountSids::MayHave(const Principal& account, absl::string_view sid) const {
  const auto entry = sids_.find(account.key());
  if (entry == sids_.end() && !required_) return absl::OkStatus();
  if (sid.empty()) {
    return absl::PermissionDeniedError(absl::StrCat(
        "the account ", account.ToString(),
        " belongs to a SID of a domain, and the ticket has no PAC that could be verified"));
  }
  if (entry == sids_.end()) return IsMapped(account, sid);
  if (entry->second.contains(sid)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the account ", account.ToString(), " belongs to another SID than ", sid));
}

}  // namespace proctor
