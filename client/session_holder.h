#ifndef PROCTOR_CLIENT_SESSION_HOLDER_H_
#define PROCTOR_CLIENT_SESSION_HOLDER_H_

#include <grpcpp/support/channel_arguments.h>

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client_handshake.h"
#include "client/tls_connection.h"
#include "common/mutex.h"

namespace proctor {

// Sees to it that there is a connection with a session whenever a call needs one: authenticates
// before the first call, when the session has ended, and before its life is over. Plans for another
// endpoint or certificate (the agent started anew) lead to a fresh connection, and so does a
// certificate that was replaced: there it has to be proved as at first. Thread-safe.
class SessionHolder {
 public:
  SessionHolder(std::shared_ptr<HandshakeSource> source, grpc::ChannelArguments arguments);

  // One thread authenticates, others wait for what comes of it.
  absl::StatusOr<std::shared_ptr<TlsConnection>> Get(absl::Duration timeout);

 private:
  absl::StatusOr<std::shared_ptr<TlsConnection>> Open(std::shared_ptr<TlsConnection> current,
                                                      absl::Duration timeout);
  absl::StatusOr<std::shared_ptr<TlsConnection>> AwaitOther(absl::Duration timeout)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<HandshakeSource> source_;
  const grpc::ChannelArguments arguments_;

  Mutex mutex_;
  CondVar changed_;
  bool opening_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t openings_ ABSL_GUARDED_BY(mutex_) = 0;  // That have ended, one way or the other.
  std::shared_ptr<TlsConnection> current_ ABSL_GUARDED_BY(mutex_);
  absl::Status last_ ABSL_GUARDED_BY(mutex_);  // What the last opening came to.
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_HOLDER_H_
