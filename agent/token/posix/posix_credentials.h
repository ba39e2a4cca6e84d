#ifndef PROCTOR_AGENT_TOKEN_POSIX_POSIX_CREDENTIALS_H_
#define PROCTOR_AGENT_TOKEN_POSIX_POSIX_CREDENTIALS_H_

#include <sys/types.h>

#include <memory>
#include <utility>
#include <vector>

#include "agent/token/posix/network_access.h"
#include "agent/token/posix/pam_logon.h"
#include "agent/token/security_context.h"

namespace proctor {

// The complete credential set of a process, credentials(7): all three of each id are the same, and
// `groups` is exactly the supplementary list.
class PosixCredentials final : public SecurityContext {
 public:
  PosixCredentials(uid_t uid_in, gid_t gid_in, std::vector<gid_t> groups_in, bool change,
                   NetworkAccess network_in = {}, std::shared_ptr<const PamLogon> pam_in = nullptr)
      : uid(uid_in),
        gid(gid_in),
        groups(std::move(groups_in)),
        change_identity(change),
        network(std::move(network_in)),
        pam(std::move(pam_in)) {}

  const uid_t uid;
  const gid_t gid;
  const std::vector<gid_t> groups;
  // False for an agent without privileges that serves its own user: nothing is set, all is
  // verified.
  const bool change_identity;
  const NetworkAccess network;
  // Its PAM session, which is to be opened around the process; null: none.
  const std::shared_ptr<const PamLogon> pam;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_POSIX_CREDENTIALS_H_
