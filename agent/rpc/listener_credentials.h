#ifndef PROCTOR_AGENT_RPC_LISTENER_CREDENTIALS_H_
#define PROCTOR_AGENT_RPC_LISTENER_CREDENTIALS_H_

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "agent/caller/listener_certificate.h"

namespace proctor {

// TLS 1.2 or later, no client certificates; each connection is shown what `certificate` holds at
// that moment. `certificate` must outlive the server.
std::shared_ptr<grpc::ServerCredentials> ListenerCredentials(ListenerCertificate* certificate);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_LISTENER_CREDENTIALS_H_
