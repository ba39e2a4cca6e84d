#ifndef PROCTOR_AGENT_JOB_JOB_SUBSCRIPTION_H_
#define PROCTOR_AGENT_JOB_JOB_SUBSCRIPTION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/job/job_observer.h"
#include "agent/token/principal.h"
#include "agent/token/security_context.h"
#include "proctor/v1/job.pb.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor {

class JobManager;
struct JobEntry;

// Somebody other than the job's owner: the right can be taken back while the subscription lasts.
struct JobViewer {
  Principal principal;
  std::shared_ptr<const SecurityContext> token;
  v1::JobRight right;
};

// What an observer decides on, as of one moment.
struct JobView {
  v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
  bool main_exited = false;
  bool final = false;           // FINISHED or LOST.
  bool agent_stopping = false;  // Calls are to end; the job goes on.
  absl::optional<int64_t> kill_unconfirmed;
  // Of an active job: bytes of stdout and stderr that the spool is known to hold.
  uint64_t kept[2] = {0, 0};
};

// A call's hold on one job: its observer is told of changes, and while any subscription of the
// job's owner is attached, its caller counts as present (OnCallerGone). Ends with the object.
// Thread-safe. Must not outlive the manager.
class JobSubscription {
 public:
  // `viewer` is absent for the job's owner, who cannot lose a right.
  JobSubscription(JobManager* manager, std::shared_ptr<JobEntry> entry,
                  std::shared_ptr<JobObserver> observer, absl::optional<JobViewer> viewer,
                  bool attached);
  ~JobSubscription();
  JobSubscription(const JobSubscription&) = delete;
  JobSubscription& operator=(const JobSubscription&) = delete;

  const std::string& job_id() const;
  // NOT_FOUND, as for a stranger, once the subscriber has lost the right that it subscribed with;
  // the observer is told of that as of any change.
  absl::StatusOr<JobView> View() const;
  // As of now, without the large strings of its spec (JobSnapshot::Small).
  v1::Job Job() const;
  // Asks for a notification once the stream holds more than `offset` bytes. True: it may already,
  // or the job is final, so look again now; nothing was asked for.
  bool Follow(bool standard_error, uint64_t offset);

 private:
  friend class JobManager;

  JobManager* const manager_;
  const std::shared_ptr<JobEntry> entry_;
  const std::shared_ptr<JobObserver> observer_;
  const absl::optional<JobViewer> viewer_;
  const bool attached_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_SUBSCRIPTION_H_
