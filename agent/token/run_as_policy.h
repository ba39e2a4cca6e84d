#ifndef PROCTOR_AGENT_TOKEN_RUN_AS_POLICY_H_
#define PROCTOR_AGENT_TOKEN_RUN_AS_POLICY_H_

#include "absl/status/status.h"
#include "agent/token/principal.h"

namespace proctor {

// What a refused caller, and the agent's administrator, can do about it. The same whoever was asked
// for, so that it does not tell who there is.
inline constexpr char kMayLaunchAdvice[] =
    "ask the agent's administrator to name you in its configuration: policy { may_launch }";
inline constexpr char kRunAsAdvice[] =
    "without --run-as (run_as) the job runs as you; the agent's administrator can permit it in the "
    "configuration: policy { run_as { callers { user: ... } users { user: ... } } }, which reaches "
    "no superuser and no administrator";

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
