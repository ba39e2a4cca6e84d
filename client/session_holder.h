#ifndef PROCTOR_CLIENT_SESSION_HOLDER_H_
#define PROCTOR_CLIENT_SESSION_HOLDER_H_

#include <grpcpp/support/channel_arguments.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client_handshake.h"
#include "client/session_opening.h"
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

  // Opens at most one at a time; all who need it wait for that. A session that still lives is used
  // when its renewal takes longer than a second, or fails; only the call that began the renewal
  // waits for it.
  absl::StatusOr<std::shared_ptr<TlsConnection>> Get(const SessionPatience& patience);
  // When the session is to be renewed, on the monotonic clock; in the past when there is none.
  absl::Duration RenewalDue();

 private:
  std::shared_ptr<SessionOpening> Begin() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes what an opening that has ended came to.
  void Adopt(const std::shared_ptr<SessionOpening>& opening) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::shared_ptr<HandshakeSource> source_;
  const grpc::ChannelArguments arguments_;

  Mutex mutex_;
  std::shared_ptr<TlsConnection> current_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<SessionOpening> opening_ ABSL_GUARDED_BY(mutex_);  // Null when none goes on.
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_HOLDER_H_
