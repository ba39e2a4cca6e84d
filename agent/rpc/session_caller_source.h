#ifndef PROCTOR_AGENT_RPC_SESSION_CALLER_SOURCE_H_
#define PROCTOR_AGENT_RPC_SESSION_CALLER_SOURCE_H_

#include <memory>
#include <string>
#include <utility>

#include "agent/caller/session_table.h"
#include "agent/rpc/caller_source.h"

namespace proctor {

// For TLS connections: the call's metadata "proctor-session" names a session that was made on the
// same connection. `sessions` must outlive it.
class SessionCallerSource final : public CallerSource {
 public:
  SessionCallerSource(const SessionTable* sessions, std::string listener)
      : sessions_(sessions), listener_(std::move(listener)) {}

  absl::StatusOr<std::shared_ptr<const CallerToken>> CallerOf(
      const grpc::CallbackServerContext& context) const override;

 private:
  const SessionTable* const sessions_;
  const std::string listener_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_SESSION_CALLER_SOURCE_H_
