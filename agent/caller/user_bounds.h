#ifndef PROCTOR_AGENT_CALLER_USER_BOUNDS_H_
#define PROCTOR_AGENT_CALLER_USER_BOUNDS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// One call in flight, from its admission until gRPC has let go of it, and what gRPC holds of its
// answers. Empty: counted nowhere. Move-only; gives everything back at its end. Not thread-safe.
class CallPermit {
 public:
  CallPermit() = default;
  ~CallPermit() { Release(); }
  CallPermit(CallPermit&& other) noexcept { Swap(&other); }
  CallPermit& operator=(CallPermit&& other) noexcept {
    CallPermit moved(std::move(other));
    Swap(&moved);
    return *this;
  }

  // The length of the next piece of an answer of which `want` bytes could be sent: shorter, the
  // more of the user's answers nobody has read, so that no number of streams that are not read
  // takes more than the user's share, and yet each goes on.
  size_t Portion(size_t want) const;
  // gRPC holds this many bytes of the call's answer from now on, in place of what it held.
  void Charge(uint64_t bytes);
  // Keeps `token` as long as the permit.
  void Keep(std::shared_ptr<const void> token) { kept_ = std::move(token); }
  // The caller has given the call up. At once after its beginning, that makes it a fruitless one.
  void Abandon();

 private:
  friend class UserBounds;
  struct User;
  CallPermit(std::shared_ptr<User> user, absl::Duration begun)
      : user_(std::move(user)), begun_(begun) {}
  void Swap(CallPermit* other) {
    user_.swap(other->user_);
    std::swap(begun_, other->begun_);
    std::swap(charged_, other->charged_);
    kept_.swap(other->kept_);
  }
  void Release();

  std::shared_ptr<User> user_;
  absl::Duration begun_;  // Monotonic.
  uint64_t charged_ = 0;
  std::shared_ptr<const void> kept_;
};

// What each user may hold of the agent's connections and calls, and how fast new ones may come.
// Users are principal keys. Each refusal is RESOURCE_EXHAUSTED and names its bound. Thread-safe.
class UserBounds {
 public:
  struct Options {
    uint32_t max_connections = 256;
    uint32_t max_calls = 1024;
    // Of answers that are not read; new calls are refused beyond.
    uint64_t max_buffered_bytes = uint64_t{32} << 20;
    // Ten seconds' worth may come at once.
    uint32_t new_connections_per_second = 500;
    uint32_t new_calls_per_second = 20000;
    // Refused ones, and those that are given up within a tenth of a second. Five seconds' worth may
    // come at once.
    uint32_t fruitless_calls_per_second = 100;
  };
  struct Usage {
    uint32_t connections = 0;
    uint32_t calls = 0;
    uint64_t buffered_bytes = 0;
  };

  // Permits may outlive the bounds; `clock` must outlive both.
  UserBounds(Options options, const Clock* clock) : options_(options), clock_(clock) {}

  // OK: a CloseConnection must follow.
  absl::Status OpenConnection(const std::string& user);
  void CloseConnection(const std::string& user);
  // Whether a refusal may be answered with its reason, which costs more than the connection itself:
  // a few a second are.
  bool MayExplain(const std::string& user);

  absl::StatusOr<CallPermit> BeginCall(const std::string& user);
  // Counts a call that was refused, or that its caller had given up before it began. False when
  // they come too fast: the user's connections are to be closed. Those that OpenConnection counted
  // are, by the handler; new ones are refused for a while.
  bool CountFruitless(const std::string& user);
  // Who closes the connections of a user; on any thread, must not block nor call back. Null at its
  // end. One at a time.
  void OnFruitless(std::function<void(const std::string& user)> disconnect);

  Usage UsageOf(const std::string& user) const;

 private:
  absl::Status TooManyCalls(uint32_t calls) const;
  absl::Status TooManyFruitless() const;
  std::shared_ptr<CallPermit::User> Find(const std::string& user);
  void ForgetIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const Clock* const clock_;
  Mutex disconnect_mutex_;
  std::function<void(const std::string&)> disconnect_ ABSL_GUARDED_BY(disconnect_mutex_);
  mutable Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<CallPermit::User>> users_
      ABSL_GUARDED_BY(mutex_);
  size_t forget_at_ ABSL_GUARDED_BY(mutex_) = 1024;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_USER_BOUNDS_H_
