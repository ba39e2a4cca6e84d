#ifndef PROCTOR_AGENT_TOKEN_RUN_AS_POLICY_H_
#define PROCTOR_AGENT_TOKEN_RUN_AS_POLICY_H_

#include "absl/status/status.h"
#include "agent/token/principal.h"

namespace proctor {

// What the configuration lets callers launch. Decides on the caller's token and on the user's
// account, never on what the agent itself could do. Thread-safe.
class RunAsPolicy {
 public:
  virtual ~RunAsPolicy() = default;

  // PERMISSION_DENIED when `caller` may not launch at all.
  virtual absl::Status MayLaunch(const Principal& caller) const = 0;
  // PERMISSION_DENIED unless a rule lets `caller` launch as `user`, whose groups are known. Never
  // for the superuser or an administrator as `user`.
  virtual absl::Status MayRunAs(const Principal& caller, const Principal& user) const = 0;
  // The same before the groups of `user` are known, which on Windows only a logon tells: OK unless
  // no group that the user might be in could make it so. What the logon tells has to be asked about
  // with MayRunAs.
  virtual absl::Status CouldRunAs(const Principal& caller, const Principal& user) const {
    return MayRunAs(caller, user);
  }
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_RUN_AS_POLICY_H_
