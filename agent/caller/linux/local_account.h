#ifndef PROCTOR_AGENT_CALLER_LINUX_LOCAL_ACCOUNT_H_
#define PROCTOR_AGENT_CALLER_LINUX_LOCAL_ACCOUNT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/negotiate_context.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The account of this machine that a principal of a realm has, or why it has none.
struct LocalAccount {
  v1::Principal principal;  // Name, uid, gid and groups; without an identity when there is none.
  // What led to the account, or why to none, in words for the caller and the log.
  std::string mapped_by;
  // What to do about it where there is none.
  std::string advice;
};

// The account of the client's principal in `facts`, which has the agent's as well: its name by
// krb5.conf's auth_to_local rules, for principals of the agent's own realm and of `trusted_realms`;
// uid and groups by the name service. No rule leads to uid 0. May block on the name service: its
// modules name accounts, and some of its services have a plug-in that applies their own rules. An
// error when that fails to answer, with advice.
absl::StatusOr<LocalAccount> FindLocalAccount(const NegotiateFacts& facts,
                                              const std::vector<std::string>& trusted_realms);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LINUX_LOCAL_ACCOUNT_H_
