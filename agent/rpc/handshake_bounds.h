#ifndef PROCTOR_AGENT_RPC_HANDSHAKE_BOUNDS_H_
#define PROCTOR_AGENT_RPC_HANDSHAKE_BOUNDS_H_

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/mutex.h"

namespace proctor {

// How much of the agent strangers may hold: callers of Authenticate who have not yet proved who
// they are. Thread-safe.
class HandshakeBounds {
 public:
  struct Options {
    size_t max_streams = 128;
    // So that one machine cannot take all of them.
    size_t max_streams_per_host = 32;
    absl::Duration max_time = absl::Seconds(10);
    size_t max_message_bytes = 64 << 10;
  };

  explicit HandshakeBounds(Options options) : options_(options) {}

  const Options& options() const { return options_; }

  // `peer` as gRPC gives it. RESOURCE_EXHAUSTED, or a Leave(peer) must follow.
  absl::Status Enter(absl::string_view peer);
  void Leave(absl::string_view peer);

 private:
  const Options options_;
  Mutex mutex_;
  size_t streams_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, size_t> of_host_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_HANDSHAKE_BOUNDS_H_
