#ifndef PROCTOR_AGENT_RPC_SESSION_CALLER_SOURCE_H_
#define PROCTOR_AGENT_RPC_SESSION_CALLER_SOURCE_H_

#include <memory>
#include <string>
#include <utility>

#include "agent/caller/session_table.h"
#include "agent/caller/tls_connections.h"
#include "agent/rpc/caller_source.h"

namespace proctor {

// For TLS connections: the call's metadata "proctor-session" names a session that was made on the
// same connection. Calls that name none are counted among the strangers' of their address. Both
// must outlive it.
class SessionCallerSource final : public CallerSource {
 public:
  SessionCallerSource(const SessionTable* sessions, TlsConnections* connections,
                      std::string listener)
      : sessions_(sessions), connections_(connections), listener_(std::move(listener)) {}

  absl::StatusOr<std::shared_ptr<const CallerToken>> CallerOf(
      const grpc::CallbackServerContext& context) const override;
  // The call outlives its session as long as TlsConnections lets it.
  std::shared_ptr<const void> Begun(const grpc::CallbackServerContext& context,
                                    const CallerToken& caller) const override;
  void Disconnect(const grpc::CallbackServerContext& context) const override;

 private:
  absl::StatusOr<std::shared_ptr<const CallerToken>> Find(
      const grpc::CallbackServerContext& context, const std::string& peer) const;

  const SessionTable* const sessions_;
  TlsConnections* const connections_;
  const std::string listener_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_SESSION_CALLER_SOURCE_H_
