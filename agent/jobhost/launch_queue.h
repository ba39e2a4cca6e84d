#ifndef PROCTOR_AGENT_JOBHOST_LAUNCH_QUEUE_H_
#define PROCTOR_AGENT_JOBHOST_LAUNCH_QUEUE_H_

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <utility>

#include "absl/types/optional.h"

namespace proctor::jobhost {

// Launches waiting for a launcher: users take turns, and none has more than `per_user` launches in
// flight, so that one user's hung mount cannot take every launcher. Not thread-safe.
template <typename User, typename Item>
class LaunchQueue {
 public:
  explicit LaunchQueue(int per_user) : per_user_(per_user) {}

  void Push(const User& user, Item item) {
    State& entry = users_[user];
    entry.waiting.push_back(std::move(item));
    ++waiting_;
    MakeRunnable(user, entry);
  }

  // The next launch that may start; Done must follow. Empty when there is none.
  absl::optional<std::pair<User, Item>> Pop() {
    if (turns_.empty()) return absl::nullopt;
    const User user = turns_.front();
    turns_.pop_front();
    State& entry = users_[user];
    entry.has_turn = false;
    std::pair<User, Item> next(user, std::move(entry.waiting.front()));
    entry.waiting.pop_front();
    --waiting_;
    ++entry.in_flight;
    MakeRunnable(user, entry);
    return next;
  }

  // A launch of this user that Pop gave has ended.
  void Done(const User& user) {
    const auto found = users_.find(user);
    --found->second.in_flight;
    MakeRunnable(user, found->second);
    if (found->second.in_flight == 0 && found->second.waiting.empty()) users_.erase(found);
  }

  // Whether Pop has something to give.
  bool runnable() const { return !turns_.empty(); }
  size_t waiting() const { return waiting_; }

 private:
  struct State {
    std::deque<Item> waiting;
    int in_flight = 0;
    bool has_turn = false;
  };

  void MakeRunnable(const User& user, State& entry) {
    if (entry.has_turn || entry.waiting.empty() || entry.in_flight >= per_user_) return;
    entry.has_turn = true;
    turns_.push_back(user);
  }

  const int per_user_;
  std::unordered_map<User, State> users_;
  std::deque<User> turns_;
  size_t waiting_ = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LAUNCH_QUEUE_H_
