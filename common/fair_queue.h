#ifndef PROCTOR_COMMON_FAIR_QUEUE_H_
#define PROCTOR_COMMON_FAIR_QUEUE_H_

#include <cstddef>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/types/optional.h"

namespace proctor {

// Items waiting for a thread: users take turns, and none has more than `per_user` items in flight,
// so that what one user's files or servers hold up cannot take every thread. Not thread-safe.
template <typename User, typename Item>
class FairQueue {
 public:
  explicit FairQueue(int per_user) : per_user_(per_user) {}

  void Push(const User& user, Item item) {
    State& entry = users_[user];
    entry.waiting.push_back(std::move(item));
    ++waiting_;
    MakeRunnable(user, entry);
  }

  // The next item that may start; Done must follow. Empty when there is none.
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

  // An item of this user that Pop gave has ended.
  void Done(const User& user) {
    const auto found = users_.find(user);
    --found->second.in_flight;
    MakeRunnable(user, found->second);
    if (found->second.in_flight == 0 && found->second.waiting.empty()) users_.erase(found);
  }

  // What waits, without turns.
  std::vector<Item> TakeAll() {
    std::vector<Item> items;
    for (auto& [user, entry] : users_) {
      for (Item& item : entry.waiting) items.push_back(std::move(item));
      entry.waiting.clear();
      entry.has_turn = false;
    }
    turns_.clear();
    waiting_ = 0;
    return items;
  }

  // Whether Pop has something to give.
  bool runnable() const { return !turns_.empty(); }
  // Of users, each with something that Pop would give.
  size_t turns() const { return turns_.size(); }
  size_t waiting() const { return waiting_; }
  size_t waiting(const User& user) const {
    const auto found = users_.find(user);
    return found == users_.end() ? 0 : found->second.waiting.size();
  }

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

}  // namespace proctor

#endif  // PROCTOR_COMMON_FAIR_QUEUE_H_
