#ifndef PROCTOR_AGENT_TOKEN_ACCOUNT_SIDS_H_
#define PROCTOR_AGENT_TOKEN_ACCOUNT_SIDS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/token/account_names.h"
#include "agent/token/principal.h"
#include "agent/token/sid_directory.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// Which of a domain's users the configuration says that an account of this machine belongs to, so
// that a name alone is not enough to have it. Immutable; thread-safe.
class AccountSids {
 public:
  // Every account is had by its name.
  AccountSids() = default;

  // Of negotiate.account_sid. Resolves names now and never again. INVALID_ARGUMENT names the
  // configuration's field. `directory` is asked about accounts that no entry names, where a SID is
  // required; it must outlive the object and its copies. Null: they are nobody's.
  static absl::StatusOr<AccountSids> Resolve(const config::NegotiateConfig& config,
                                             const AccountNames& names,
                                             const SidDirectory* directory = nullptr);

  // Whether a caller whom the name service takes for `account` may be it. `sid`: of its verified
  // PAC; empty without. Blocks on the directory. PERMISSION_DENIED says why not.
  absl::Status MayHave(const Principal& account, absl::string_view sid) const;
  // What MayHave compares the SID with: "account_sid", "the machine's id map". Empty: nothing.
  absl::string_view SourceFor(const Principal& account) const;

 private:
  absl::Status IsMapped(const Principal& account, absl::string_view sid) const;

  const SidDirectory* directory_ = nullptr;
  bool required_ = false;
  // By Principal::key().
  absl::flat_hash_map<std::string, absl::flat_hash_set<std::string>> sids_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_ACCOUNT_SIDS_H_
