#ifndef PROCTOR_AGENT_JOB_EVENT_RING_H_
#define PROCTOR_AGENT_JOB_EVENT_RING_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// The last events of this agent life, numbered without gaps from 1 on. Not thread-safe: the owner's
// lock guards it.
class EventRing {
 public:
  struct Event {
    uint64_t sequence = 0;  // Given by Append.
    // What a watcher's rights and filter are decided on.
    std::string owner;                                                 // Principal::key().
    std::shared_ptr<const std::map<std::string, std::string>> labels;  // Null: none.
    // As it is sent. Its `sequence` must be last_sequence() + 1 when it is appended.
    std::shared_ptr<const v1::WatchJobsResponse> response;
  };

  // Holds `capacity` events (at least one).
  explicit EventRing(size_t capacity);

  // Forgets the oldest event when the ring is full. Returns the event's number.
  uint64_t Append(Event event);

  // The events that follow `sequence`, oldest first, at most `max`; none when it is the last.
  // OUT_OF_RANGE when the next one is no longer held or `sequence` has not been given yet.
  absl::StatusOr<std::vector<Event>> After(uint64_t sequence, size_t max) const;

  // 0 before the first event.
  uint64_t last_sequence() const { return last_sequence_; }

 private:
  const size_t capacity_;
  uint64_t last_sequence_ = 0;
  std::deque<Event> events_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_EVENT_RING_H_
