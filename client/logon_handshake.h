#ifndef PROCTOR_CLIENT_LOGON_HANDSHAKE_H_
#define PROCTOR_CLIENT_LOGON_HANDSHAKE_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "client/client_handshake.h"
#include "client/logon_options.h"
#include "client/trust_policy.h"

namespace proctor {

// Sessions by user and password. A password proves nothing of the agent, and whoever gets it can
// use it: so it is sent only where a CA or a pin vouches for the certificate, or a handshake by
// another mechanism has proved it on the same channel. FAILED_PRECONDITION otherwise.
class LogonHandshakeSource final : public HandshakeSource {
 public:
  LogonHandshakeSource(std::string endpoint, TrustPolicy trust, LogonOptions options)
      : endpoint_(std::move(endpoint)), trust_(std::move(trust)), options_(std::move(options)) {}

  absl::StatusOr<HandshakePlan> Next() override;

 private:
  const std::string endpoint_;
  const TrustPolicy trust_;
  const LogonOptions options_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_LOGON_HANDSHAKE_H_
