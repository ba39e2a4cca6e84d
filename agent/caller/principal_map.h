#ifndef PROCTOR_AGENT_CALLER_PRINCIPAL_MAP_H_
#define PROCTOR_AGENT_CALLER_PRINCIPAL_MAP_H_

#include <memory>

#include "absl/status/statusor.h"
#include "agent/token/anonymous_caller.h"
#include "common/negotiate_context.h"

namespace proctor {

// Whom a complete security context's client is to this machine. Thread-safe.
class PrincipalMap {
 public:
  virtual ~PrincipalMap() = default;

  // What the handshake obtained, for the pipeline's Identify: ids or a token, delegated
  // credentials, how it was established. `client` is the context's TakeClient(). May ask the name
  // service, so it may block. A client whom the machine does not know is no error on Linux: its
  // credentials are then those of a `kerberos` principal, who is authenticated and can launch
  // nothing.
  virtual absl::StatusOr<AnonymousCaller> Describe(const NegotiateFacts& facts,
                                                   std::unique_ptr<NegotiatedClient> client) = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_PRINCIPAL_MAP_H_
