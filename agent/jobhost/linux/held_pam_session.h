#ifndef PROCTOR_AGENT_JOBHOST_LINUX_HELD_PAM_SESSION_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_HELD_PAM_SESSION_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/jobhost/linux/pam_helper.h"
#include "agent/jobhost/linux/spawn_plan.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// A PAM session around one job's tree. A helper opened it and holds it; destruction lets the helper
// close it, which nobody waits for. When the job host dies, the same happens.
//
// The helper is not the job's parent: a job is made in its cgroup, seen and reaped by the job host
// as every other. So what modules change of the process that they run in does not reach the job,
// but for the resource limits, which are read back and set for the job.
class HeldPamSession {
 public:
  // Blocks for at most `timeout`; the helper is killed then. An answer of the helper's is no error,
  // whatever it says.
  static absl::StatusOr<std::unique_ptr<HeldPamSession>> Open(const PamHelperProgram& program,
                                                              const VforkStack& stack,
                                                              const PamSession& session,
                                                              absl::Duration timeout);

  // PAM's verdict.
  const LogonReply& result() const { return answer_.result(); }
  // "NAME=value": what of the session's environment belongs below that of `launch`.
  std::vector<const std::string*> Below(const Launch& launch) const;
  std::vector<SpawnPlan::Limit> limits() const;

 private:
  HeldPamSession(PamHelper helper, PamAnswer answer)
      : helper_(std::move(helper)), answer_(std::move(answer)) {}

  const PamHelper helper_;
  const PamAnswer answer_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_HELD_PAM_SESSION_H_
