#ifndef PROCTOR_CLIENT_SESSION_CREDENTIALS_H_
#define PROCTOR_CLIENT_SESSION_CREDENTIALS_H_

#include <grpcpp/security/credentials.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "client/server_trust.h"
#include "client/session_slot.h"

namespace proctor {

// Adds the session to every call of a channel, whatever stub it comes from, once the certificate of
// the very connection that the call goes to has been checked again. Never blocks.
class SessionCredentials final : public grpc::MetadataCredentialsPlugin {
 public:
  SessionCredentials(std::shared_ptr<ServerTrust> trust, std::shared_ptr<SessionSlot> session)
      : trust_(std::move(trust)), session_(std::move(session)) {}

  bool IsBlocking() const override { return false; }
  grpc::Status GetMetadata(grpc::string_ref service_url, grpc::string_ref method_name,
                           const grpc::AuthContext& channel_auth_context,
                           std::multimap<grpc::string, grpc::string>* metadata) override;
  grpc::string DebugString() override { return "proctor session"; }

 private:
  const std::shared_ptr<ServerTrust> trust_;
  const std::shared_ptr<SessionSlot> session_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_CREDENTIALS_H_
