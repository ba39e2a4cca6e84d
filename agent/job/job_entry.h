#ifndef PROCTOR_AGENT_JOB_JOB_ENTRY_H_
#define PROCTOR_AGENT_JOB_JOB_ENTRY_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/job/job_filter.h"
#include "agent/job/job_host.h"
#include "agent/job/job_observer.h"
#include "agent/job/job_record.h"
#include "agent/job/job_security.h"
#include "agent/job/job_update.h"
#include "agent/job/launch_parameters.h"
#include "agent/job/user_quota.h"
#include "agent/token/principal.h"
#include "common/timer_queue.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// How a launch ended.
struct LaunchOutcome {
  std::shared_ptr<const v1::LaunchResponse> response;
  bool existing = false;  // The job of an earlier request with the same id.
};
using LaunchDone = std::function<void(absl::StatusOr<LaunchOutcome>)>;

using UpdateDone = std::function<void(const absl::StatusOr<JobSnapshot>&)>;

// An update, or the deletion, on its way to the journal or waiting for the one before it.
struct PendingUpdate {
  JobUpdate update;
  UpdateDone done;
  bool deletion = false;
  std::shared_ptr<const JobSecurity> security;  // The job's from then on; null: as it is.
  bool journalled_final = false;                // As the record of a job that has ended.
};

// Null: none.
inline std::shared_ptr<const JobLabels> LabelsOf(const v1::LaunchSpec& spec) {
  if (spec.labels().empty()) return nullptr;
  return std::make_shared<const JobLabels>(spec.labels().begin(), spec.labels().end());
}

// What is needed of a job only until it ends.
struct ActiveJob {
  v1::Job job;          // Without what JobEntry::strings has.
  std::string program;  // The first argument, for the log.
  // The values of its environment and the data of its standard input, which are in no record, but
  // in memory until it ends. Not known of a job that an earlier start of the agent launched.
  uint64_t handed_bytes = 0;
  bool recovered = false;  // An earlier start of the agent launched it.
  LaunchParameters parameters;
  std::string host_life;
  std::string boot_id;

  // Set until it has been sent to the job host, with what sends it.
  std::unique_ptr<LaunchOrder> order;
  JobHost::SendLaunch send_order;
  // Windows: the agent's reference to the user's profile, until the host has one of its own.
  std::shared_ptr<const SecurityContext> profile;
  std::vector<v1::StageReport> walked_stages;
  std::vector<LaunchDone> launch_waiters;
  // The answer for a repeated request; without stages when the agent restarted since.
  std::shared_ptr<const v1::LaunchResponse> launched;

  // A kill that came before the order was sent.
  absl::optional<std::pair<int, absl::Duration>> early_kill;
  // The host could not empty the tree in time; processes left, as it counted them.
  absl::optional<int64_t> kill_unconfirmed;

  int attached_callers = 0;
  TimerQueue::Id caller_gone_timer = 0;

  // Spool bytes known to be kept, and whether the host was asked to tell about more.
  uint64_t kept[2] = {0, 0};
  bool follow_armed[2] = {false, false};
};

// One record. Guarded by JobManager's lock; only what never changes may be read without.
// A finished job is kept packed, since there may be hundreds of thousands of them; what lists are
// filtered by stands beside it.
struct JobEntry {
  JobEntry(std::string id_in, uint64_t sequence_in, std::shared_ptr<const JobSecurity> security_in)
      : id(std::move(id_in)),
        sequence(sequence_in),
        owner(security_in->owner()),
        security(std::move(security_in)) {}

  const std::string id;
  const uint64_t sequence;  // Order of creation in this agent life.
  // Whose key never changes.
  std::shared_ptr<const Principal> owner;
  std::shared_ptr<const JobSecurity> security;
  std::shared_ptr<const JobLabels> labels;  // Null: none.
  v1::JobState state = v1::CREATED;
  std::unique_ptr<ActiveJob> active;  // Null once terminal.
  std::string packed;                 // Once terminal: PackJob of it.
  LargeStrings strings;
  std::string request_id;
  std::string secret_digest;
  RecordCharge charge;        // In the owner's quota.
  absl::Duration expiry_due;  // By the monotonic clock, once terminal.
  int64_t expires_unix_ns = 0;
  bool final_journalled = false;
  bool deleting = false;  // Its deletion is on its way to the journal.
  bool deleted = false;
  bool delete_when_unobserved = false;

  JobSnapshot Snapshot() const {
    JobSnapshot snapshot;
    if (active != nullptr) {
      snapshot.job = active->job;
    } else {
      snapshot.packed = packed;
    }
    snapshot.security = security;
    snapshot.strings = strings;
    return snapshot;
  }

  // Of the record, serialised.
  uint64_t Size() const {
    return (active != nullptr ? active->job.ByteSizeLong() : packed.size()) +
           (strings == nullptr ? 0 : strings->size());
  }
  // What its owner is charged for: the record, and what a running job was handed beside it.
  uint64_t ChargedBytes() const { return Size() + (active == nullptr ? 0 : active->handed_bytes); }

  using Observers = absl::flat_hash_map<JobObserver*, std::shared_ptr<JobObserver>>;
  std::unique_ptr<Observers> observers;

  // The updates that were asked for, the first of them on its way to the journal. Null: none.
  std::unique_ptr<std::deque<PendingUpdate>> updates;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_ENTRY_H_
