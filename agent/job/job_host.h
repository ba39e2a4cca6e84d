#ifndef PROCTOR_AGENT_JOB_JOB_HOST_H_
#define PROCTOR_AGENT_JOB_JOB_HOST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/job/job_security.h"
#include "agent/job/launch_parameters.h"
#include "agent/token/launch_token.h"
#include "proctor/jobhost/jobhost.pb.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// Everything the job host needs to create one job.
struct LaunchOrder {
  std::string job_id;
  LaunchToken token;
  v1::LaunchSpec spec;  // With environment values and stdin data: never journalled.
  LaunchParameters parameters;
  bool follow_output = false;  // Report output progress from the start on.
  // Who launches it, whom it runs as, whom it is shared with. Never null.
  std::shared_ptr<const JobSecurity> security;
  // The owner's own bound, in place of the agent's.
  absl::optional<uint32_t> max_running_jobs;
};

// Who the job host is; constant during one life of it.
struct JobHostInfo {
  std::string life;
  std::string boot_id;
  v1::Containment containment = v1::CONTAINMENT_UNSPECIFIED;
  std::string containment_note;
  std::vector<std::string> missing_capabilities;
};

// Told what the job host reports, on the job host link's thread, one call at a time.
class JobHostListener {
 public:
  virtual ~JobHostListener() = default;
  // A connection stands; `inventory` is every job the host knows.
  virtual void OnHostReady(const JobHostInfo& info,
                           const std::vector<jobhost::JobReport>& inventory) = 0;
  virtual void OnJobReport(const jobhost::JobReport& report) = 0;
  virtual void OnOutputProgress(const jobhost::OutputProgress& progress) = 0;
  virtual void OnSignalReply(const jobhost::SignalReply& reply) = 0;
  // The host's process has ended and every tree it held has been killed.
  virtual void OnHostLost(const std::string& life) = 0;
};

// The agent's end of the job host. Methods send and return, never wait for the host, keep the order
// in which they were called, and may be called from any thread, also under a lock.
class JobHost {
 public:
  virtual ~JobHost() = default;

  // Sends the order that it was prepared for, once. kUnavailable while the host is away: nothing
  // was sent.
  using SendLaunch = absl::AnyInvocable<absl::Status() &&>;
  // Copies what the host is to be sent, which may be megabytes: not under a lock that others wait
  // for.
  virtual absl::StatusOr<SendLaunch> PrepareLaunch(const LaunchOrder& order) = 0;
  // The rest is dropped while the host is away: the inventory of the next connection makes up.
  virtual void Kill(const std::string& job_id, int signal, absl::Duration grace) = 0;
  virtual absl::Status Signal(uint64_t request, const std::string& job_id, int signal,
                              v1::SignalRequest::Target target) = 0;
  // Not urgent: may be sent a little later, with others.
  virtual void Acknowledge(const std::string& job_id) = 0;
  virtual void FollowOutput(const std::string& job_id, bool standard_error, uint64_t offset) = 0;

  // Null while the host is away.
  virtual std::shared_ptr<const JobHostInfo> info() const = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_HOST_H_
