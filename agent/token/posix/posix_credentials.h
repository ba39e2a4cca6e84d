#ifndef PROCTOR_AGENT_TOKEN_POSIX_POSIX_CREDENTIALS_H_
#define PROCTOR_AGENT_TOKEN_POSIX_POSIX_CREDENTIALS_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "agent/token/security_context.h"

namespace proctor {

// The complete credential set of a process, credentials(7): all three of each id are the same, and
// `groups` is exactly the supplementary list.
class PosixCredentials final : public SecurityContext {
 public:
  PosixCredentials(uid_t uid_in, gid_t gid_in, std::vector<gid_t> groups_in, bool change,
                   std::string pam_service_in = "", std::string pam_user_in = "")
      : uid(uid_in),
        gid(gid_in),
        groups(std::move(groups_in)),
        change_identity(change),
        pam_service(std::move(pam_service_in)),
        pam_user(std::move(pam_user_in)) {}

  const uid_t uid;
  const gid_t gid;
  const std::vector<gid_t> groups;
  // False for an agent without privileges that serves its own user: nothing is set, all is
  // verified.
  const bool change_identity;
  // The PAM session to be opened around the process; empty: none.
  const std::string pam_service;
  const std::string pam_user;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_POSIX_CREDENTIALS_H_
