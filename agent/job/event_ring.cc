#include "agent/job/event_ring.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/proto_time.h"

namespace proctor {

const std::string& EventRing::Event::Render(const std::string& agent_life) const {
  absl::call_once(rendered_once_, [&] {
    v1::WatchJobsResponse response;
    response.set_sequence(sequence);
    response.set_agent_life(agent_life);
    response.set_kind(kind);
    SetTimestampProto(time, response.mutable_time());
    response.set_job_id(job_id);
    response.set_state(state);
    *response.mutable_owner() = owner->proto();
    if (exit != nullptr) *response.mutable_exit() = *exit;
    rendered_ = response.SerializeAsString();
  });
  return rendered_;
}

EventRing::EventRing(size_t capacity) : capacity_(std::max<size_t>(capacity, 1)) {}

uint64_t EventRing::Append(std::shared_ptr<Event> event) {
  event->sequence = ++last_sequence_;
  if (events_.size() == capacity_) events_.pop_front();
  events_.push_back(std::move(event));
  return last_sequence_;
}

absl::StatusOr<std::vector<EventRing::EventPtr>> EventRing::After(uint64_t sequence,
                                                                  size_t max) const {
  if (sequence > last_sequence_) {
    return absl::OutOfRangeError(absl::StrCat(
        "event ", sequence, " has not happened in this agent life; the last is ", last_sequence_));
  }
  const uint64_t oldest = last_sequence_ - events_.size() + 1;
  if (sequence + 1 < oldest) {
    return absl::OutOfRangeError(absl::StrCat("events after ", sequence,
                                              " are no longer held; the oldest is ", oldest,
                                              ": list the jobs, then watch from now on"));
  }
  const auto begin = events_.begin() + static_cast<std::ptrdiff_t>(sequence + 1 - oldest);
  const size_t count = std::min(max, static_cast<size_t>(last_sequence_ - sequence));
  return std::vector<EventPtr>(begin, begin + static_cast<std::ptrdiff_t>(count));
}

}  // namespace proctor
