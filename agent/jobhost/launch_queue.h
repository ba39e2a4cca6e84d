#ifndef PROCTOR_AGENT_JOBHOST_LAUNCH_QUEUE_H_
#define PROCTOR_AGENT_JOBHOST_LAUNCH_QUEUE_H_

#include <sys/types.h>

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <utility>

#include "absl/types/optional.h"

namespace proctor::jobhost {

// Launches waiting for a launcher: users take turns, and none has more than `per_user` launches in
// flight, so that one user's hung mount cannot take every launcher. Not thread-safe.
template <typename Item>
class LaunchQueue {
 public:
  explicit LaunchQueue(int per_user) : per_user_(per_user) {}

  void Push(uid_t user, Item item) {
    User& entry = users_[user];
    entry.waiting.push_back(std::move(item));
    ++waiting_;
    MakeRunnable(user, entry);
  }

  // The next launch that may start; Done must follow. Empty when there is none.
  absl::optional<std::pair<uid_t, Item>> Pop() {
    if (turns_.empty()) return absl::nullopt;
    const uid_t user = turns_.front();
    turns_.pop_front();
    User& entry = users_[user];
    entry.has_turn = false;
    std::pair<uid_t, Item> next(user, std::move(entry.waiting.front()));
    entry.waiting.pop_front();
    --waiting_;
    ++entry.in_flight;
    MakeRunnable(user, entry);
    return next;
  }

  // A launch of this user that Pop gave has ended.
  void Done(uid_t user) {
    const auto found = users_.find(user);
    --found->second.in_flight;
    MakeRunnable(user, found->second);
    if (found->second.in_flight == 0 && found->second.waiting.empty()) users_.erase(found);
  }

  // Whether Pop has something to give.
  bool runnable() const { return !turns_.empty(); }
  size_t waiting() const { return waiting_; }

 private:
  struct User {
    std::deque<Item> waiting;
    int in_flight = 0;
    bool has_turn = false;
  };

  void MakeRunnable(uid_t user, User& entry) {
    if (entry.has_turn || entry.waiting.empty() || entry.in_flight >= per_user_) return;
    entry.has_turn = true;
    turns_.push_back(user);
  }

  const int per_user_;
  std::unordered_map<uid_t, User> users_;
  std::deque<uid_t> turns_;
  size_t waiting_ = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LAUNCH_QUEUE_H_
