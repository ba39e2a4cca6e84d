#ifndef PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_
#define PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/caller/principal_map.h"
#include "common/linux/gss_accepted_client.h"

namespace proctor {

// Kerberos principals to accounts of this machine (local_account.h), for principals of the agent's
// own realm and of `trusted_realms`; SIDs from the ticket's PAC, and what the client delegated. Why
// a principal has no account, and why a PAC was of no use, is told to the caller and logged.
class KerberosPrincipalMap final : public PrincipalMap {
 public:
  explicit KerberosPrincipalMap(std::vector<std::string> trusted_realms = {})
      : trusted_realms_(std::move(trusted_realms)) {}

  absl::StatusOr<AnonymousCaller> Describe(const NegotiateFacts& facts,
                                           std::unique_ptr<NegotiatedClient> client) override;

 private:
  // Fills in the identity's domain part, and where its SIDs come from.
  static void DescribeDomain(const NegotiateFacts& facts, const GssAcceptedClient& client,
                             AnonymousCaller* caller);
  static void TakeDelegated(GssAcceptedClient* client, AnonymousCaller* caller);

  const std::vector<std::string> trusted_realms_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_
