#ifndef PROCTOR_AGENT_JOB_EXPIRY_QUEUE_H_
#define PROCTOR_AGENT_JOB_EXPIRY_QUEUE_H_

#include <cstdint>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace proctor {

// When each record is to be deleted, by the monotonic clock; records go by their sequence number.
// A few bytes a record, where a timer of its own would be hundreds. Not thread-safe: the owner's
// lock guards it.
class ExpiryQueue {
 public:
  void Add(absl::Duration due, uint64_t sequence) { queue_.emplace(due, sequence); }
  void Remove(absl::Duration due, uint64_t sequence) { queue_.erase({due, sequence}); }

  // Takes the record out that has been due for longest. Nullopt: none is due.
  absl::optional<uint64_t> TakeDue(absl::Duration now) {
    if (queue_.empty() || queue_.begin()->first > now) return absl::nullopt;
    const uint64_t sequence = queue_.begin()->second;
    queue_.erase(queue_.begin());
    return sequence;
  }
  // When the next one is due. Nullopt: there is none.
  absl::optional<absl::Duration> next() const {
    if (queue_.empty()) return absl::nullopt;
    return queue_.begin()->first;
  }

 private:
  absl::btree_set<std::pair<absl::Duration, uint64_t>> queue_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_EXPIRY_QUEUE_H_
