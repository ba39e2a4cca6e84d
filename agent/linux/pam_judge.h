#ifndef PROCTOR_AGENT_LINUX_PAM_JUDGE_H_
#define PROCTOR_AGENT_LINUX_PAM_JUDGE_H_

#include <string>
#include <utility>

#include "agent/caller/posix/password_judge.h"
#include "agent/job/linux/job_host_link.h"

namespace proctor {

// PAM, which the job host asks: proctord has given up what PAM's modules need.
class PamJudge final : public PasswordJudge {
 public:
  // `host` must outlive the judge. `service`: a file in /etc/pam.d.
  PamJudge(JobHostLink* host, std::string service) : host_(host), service_(std::move(service)) {}

  void Judge(PasswordAttempt attempt, Done done) override;

 private:
  JobHostLink* const host_;
  const std::string service_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_PAM_JUDGE_H_
