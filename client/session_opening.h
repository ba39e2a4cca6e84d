#ifndef PROCTOR_CLIENT_SESSION_OPENING_H_
#define PROCTOR_CLIENT_SESSION_OPENING_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/awaited.h"
#include "client/tls_connection.h"
#include "common/mutex.h"

namespace proctor {

// How long a call waits for a session.
struct SessionPatience {
  absl::Duration timeout;  // Not counting what a person needs to answer.
  absl::Duration at_most = absl::InfiniteDuration();
  std::stop_token stop;
  // Told on the thread that waits, once for each thing that takes longer than a second. May be
  // empty.
  std::function<void(const std::string& what)> on_waiting;
};

// The opening of one session, on a thread of its own. Any number of calls may wait for it, each as
// long as it may; it goes on when none does, so that the next call has what has been done.
// Thread-safe.
class SessionOpening {
 public:
  using Result = absl::StatusOr<std::shared_ptr<TlsConnection>>;
  // `open` is to return soon after `stop`; it tells what it waits for.
  using Open = std::function<Result(std::stop_token stop, OnAwaiting on_awaiting)>;

  explicit SessionOpening(Open open);
  // Stops it and waits for its end.
  ~SessionOpening();
  SessionOpening(const SessionOpening&) = delete;
  SessionOpening& operator=(const SessionOpening&) = delete;

  bool ended() const;
  // What it came to; CANCELLED after a stop; when it takes too long, what is late then.
  Result Await(const SessionPatience& patience) const;

 private:
  // Shared with what a handshake leaves behind.
  struct State {
    mutable Mutex mutex;
    mutable CondVar changed;
    Awaited awaited ABSL_GUARDED_BY(mutex);
    absl::Duration awaited_since ABSL_GUARDED_BY(mutex);  // On the monotonic clock.
    absl::optional<Result> result ABSL_GUARDED_BY(mutex);
  };

  static void SetAwaited(const std::weak_ptr<State>& weak, Awaited awaited);

  const std::shared_ptr<State> state_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_OPENING_H_
