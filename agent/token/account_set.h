#ifndef PROCTOR_AGENT_TOKEN_ACCOUNT_SET_H_
#define PROCTOR_AGENT_TOKEN_ACCOUNT_SET_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/token/account_names.h"
#include "agent/token/principal.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// The accounts of a config::Accounts, by uid and gid or by SID, and by what a domain says of who
// has them. Immutable; thread-safe.
class AccountSet {
 public:
  // Nobody.
  AccountSet() = default;

  // INVALID_ARGUMENT for a name that nobody has; `field` is where the accounts stand in the
  // configuration ("policy.administrators") and the message and its FailureDetail name the one in
  // question.
  static absl::StatusOr<AccountSet> Resolve(const config::Accounts& accounts,
                                            const AccountNames& names, absl::string_view field);

  void AddGroup(std::string key) { groups_.push_back(std::move(key)); }

  // By the account or by one of its groups, the machine's or the domain's. A principal without an
  // account of this machine is in no set but everybody's, whatever a domain says of it.
  bool Contains(const Principal& principal) const;
  // Some group's members, whoever these are, or everybody: to be asked again when a principal's
  // groups are known.
  bool NamesGroups() const { return everybody_ || !groups_.empty() || !domain_groups_.empty(); }

 private:
  bool ContainsByDomain(const Principal& principal) const;

  bool everybody_ = false;
  absl::flat_hash_set<std::string> users_;
  std::vector<std::string> groups_;
  absl::flat_hash_set<std::string> sids_;
  absl::flat_hash_set<std::string> domain_groups_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_ACCOUNT_SET_H_
