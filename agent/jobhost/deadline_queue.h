#ifndef PROCTOR_AGENT_JOBHOST_DEADLINE_QUEUE_H_
#define PROCTOR_AGENT_JOBHOST_DEADLINE_QUEUE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "agent/jobhost/deadline.h"

namespace proctor::jobhost {

// At most one deadline a key. Not thread-safe.
template <typename Key>
class DeadlineQueue {
 public:
  // Replaces the key's deadline; kNoDeadline removes it.
  void Set(const Key& key, int64_t deadline_ns) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
      if (found->second == deadline_ns) return;
      by_time_.erase({found->second, key});
      by_key_.erase(found);
    }
    if (deadline_ns == kNoDeadline) return;
    by_time_.emplace(deadline_ns, key);
    by_key_.emplace(key, deadline_ns);
  }

  void Remove(const Key& key) { Set(key, kNoDeadline); }

  // The earliest deadline, or kNoDeadline.
  int64_t Next() const { return by_time_.empty() ? kNoDeadline : by_time_.begin()->first; }

  // Removes and returns the keys whose deadline is at or before `now_ns`, earliest first.
  std::vector<Key> TakeDue(int64_t now_ns) {
    std::vector<Key> due;
    while (!by_time_.empty() && by_time_.begin()->first <= now_ns) {
      due.push_back(by_time_.begin()->second);
      by_key_.erase(due.back());
      by_time_.erase(by_time_.begin());
    }
    return due;
  }

  size_t size() const { return by_key_.size(); }

 private:
  std::set<std::pair<int64_t, Key>> by_time_;
  std::map<Key, int64_t> by_key_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_DEADLINE_QUEUE_H_
