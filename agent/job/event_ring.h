#ifndef PROCTOR_AGENT_JOB_EVENT_RING_H_
#define PROCTOR_AGENT_JOB_EVENT_RING_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/call_once.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/job/job_filter.h"
#include "agent/job/job_security.h"
#include "agent/token/principal.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// The last events of this agent life, numbered without gaps from 1 on. Not thread-safe: the owner's
// lock guards it.
class EventRing {
 public:
  // Kept small, since every job makes several and most are never asked for; shared by all watchers.
  struct Event {
    uint64_t sequence = 0;  // Given by Append.
    v1::WatchJobsResponse::Kind kind = v1::WatchJobsResponse::KIND_UNSPECIFIED;
    absl::Time time;
    std::string job_id;
    v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
    std::shared_ptr<const Principal> owner;
    std::shared_ptr<const JobSecurity> security;  // As it was then.
    std::shared_ptr<const JobLabels> labels;      // Null: none.
    std::shared_ptr<const v1::ExitRecord> exit;   // Null: none yet.

    // The serialised v1::WatchJobsResponse, made when the first watcher asks. Thread-safe.
    const std::string& Render(const std::string& agent_life) const;

   private:
    mutable absl::once_flag rendered_once_;
    mutable std::string rendered_;
  };
  using EventPtr = std::shared_ptr<const Event>;

  // Holds `capacity` events (at least one).
  explicit EventRing(size_t capacity);

  // Forgets the oldest event when the ring is full. Returns the event's number.
  uint64_t Append(std::shared_ptr<Event> event);

  // The events that follow `sequence`, oldest first, at most `max`; none when it is the last.
  // OUT_OF_RANGE when the next one is no longer held or `sequence` has not been given yet.
  absl::StatusOr<std::vector<EventPtr>> After(uint64_t sequence, size_t max) const;

  // 0 before the first event.
  uint64_t last_sequence() const { return last_sequence_; }

 private:
  const size_t capacity_;
  uint64_t last_sequence_ = 0;
  std::deque<EventPtr> events_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_EVENT_RING_H_
