#ifndef PROCTOR_AGENT_CALLER_HANDSHAKE_WORKERS_H_
#define PROCTOR_AGENT_CALLER_HANDSHAKE_WORKERS_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/mutex.h"

namespace proctor {

// The threads that handshakes block on: key distribution centres, replay caches.
// A fixed number, so that a directory that does not answer holds up handshakes and nothing else.
// Thread-safe.
class HandshakeWorkers {
 public:
  explicit HandshakeWorkers(size_t threads = 4, size_t max_waiting = 256);
  // Waits for the work that has begun and does what waits.
  ~HandshakeWorkers();
  HandshakeWorkers(const HandshakeWorkers&) = delete;
  HandshakeWorkers& operator=(const HandshakeWorkers&) = delete;

  // RESOURCE_EXHAUSTED when too much waits already; `work` is not called then.
  absl::Status Run(std::function<void()> work);

 private:
  void Loop();

  const size_t max_waiting_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_HANDSHAKE_WORKERS_H_
