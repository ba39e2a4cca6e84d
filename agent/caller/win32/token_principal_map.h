#ifndef PROCTOR_AGENT_CALLER_WIN32_TOKEN_PRINCIPAL_MAP_H_
#define PROCTOR_AGENT_CALLER_WIN32_TOKEN_PRINCIPAL_MAP_H_

#include <memory>

#include "agent/caller/principal_map.h"

namespace proctor {

// On Windows nobody is looked up: the token that the security context gave is the client.
class TokenPrincipalMap final : public PrincipalMap {
 public:
  absl::StatusOr<AnonymousCaller> Describe(const NegotiateFacts& facts,
                                           std::unique_ptr<NegotiatedClient> client) override;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_WIN32_TOKEN_PRINCIPAL_MAP_H_
