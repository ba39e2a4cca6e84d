#ifndef PROCTOR_CLIENT_TLS_CONNECTION_H_
#define PROCTOR_CLIENT_TLS_CONNECTION_H_

#include <grpcpp/support/channel_arguments.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/agent_connection.h"
#include "client/awaited.h"
#include "client/client_handshake.h"
#include "client/server_trust.h"
#include "client/session_lease.h"
#include "client/session_slot.h"
#include "common/mutex.h"

namespace proctor {

// A TLS channel to one endpoint with one certificate, and the session that its calls belong to.
// Thread-safe.
class TlsConnection final : public AgentConnection {
 public:
  // `target`: where the endpoint is, by ResolveEndpoint. Nothing is sent yet.
  static std::shared_ptr<TlsConnection> Make(const std::string& endpoint, const std::string& target,
                                             const TrustPolicy& trust,
                                             grpc::ChannelArguments arguments);

  // Whether a plan is for the endpoint and the certificate of this connection.
  bool Fits(const HandshakePlan& plan) const;
  const std::string& target() const { return target_; }
  bool connected() const;
  // Connects if need be and opens a session, which all calls from now on belong to. The one before
  // stays open until the next, so that calls on their way are not refused. UNAUTHENTICATED when
  // either side did not prove itself, UNAVAILABLE when nobody was reached, CANCELLED soon after
  // `terms.stop`. The connection, and the agent's answers, may each take ten seconds; what the
  // handshake needs before it begins (a key distribution centre that does not answer) is bounded by
  // `terms.stop` alone.
  absl::Status Authenticate(std::unique_ptr<ClientHandshake> handshake, const OpeningTerms& terms);

  const ServerTrust& trust() const { return *trust_; }

  // There is a session, and its life is not nearly over.
  bool session_fresh() const;
  bool session_open() const;
  // On the monotonic clock; in the past when there is no session.
  absl::Duration renewal_due() const;
  // Ends the session of `lease`; calls do not belong to it any more.
  void Drop(const std::shared_ptr<SessionLease>& lease);
  std::shared_ptr<SessionLease> lease() const;

 private:
  TlsConnection(std::string endpoint, std::string target, std::shared_ptr<ServerTrust> trust,
                std::shared_ptr<SessionSlot> slot, std::shared_ptr<grpc::Channel> channel);

  absl::Status AwaitConnected(const OpeningTerms& terms) const;
  // ": Connection refused", of a channel that has failed to connect; empty when gRPC does not say.
  std::string ConnectionProblem() const;

  const std::string endpoint_;
  const std::string target_;
  const std::shared_ptr<ServerTrust> trust_;
  const std::shared_ptr<SessionSlot> slot_;

  mutable Mutex mutex_;
  std::shared_ptr<SessionLease> lease_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<SessionLease> previous_ ABSL_GUARDED_BY(mutex_);
  absl::Duration renew_at_ ABSL_GUARDED_BY(mutex_);  // On the monotonic clock.
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_TLS_CONNECTION_H_
