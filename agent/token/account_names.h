#ifndef PROCTOR_AGENT_TOKEN_ACCOUNT_NAMES_H_
#define PROCTOR_AGENT_TOKEN_ACCOUNT_NAMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// From what people call accounts to what the system decides on. Asks the name service, which may be
// a directory on the network: not for a hot path, nor under a lock. Thread-safe.
class AccountNames {
 public:
  virtual ~AccountNames() = default;

  // The operating system's.
  static const AccountNames* System();

  // The account as Principal::key() has it: a uid in decimal, a SID. A uid or SID is taken as it
  // is, whether anybody has it or not; on Windows a name is "DOMAIN\name", "name" or "name@domain".
  // NOT_FOUND for a name that nobody has, or that is not a user's.
  virtual absl::StatusOr<std::string> UserKey(absl::string_view name) const = 0;
  // The group as Principal::IsMemberOf takes it: a gid in decimal, a SID.
  virtual absl::StatusOr<std::string> GroupKey(absl::string_view name) const = 0;
  // Whether an account that is looked up comes with its SIDs. Where it does not, only a caller whom
  // a domain vouches for has any.
  virtual bool AccountsHaveSids() const { return false; }
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_ACCOUNT_NAMES_H_
