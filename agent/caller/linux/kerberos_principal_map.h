#ifndef PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_
#define PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/caller/principal_map.h"
#include "common/linux/gss_accepted_client.h"

namespace proctor {

// Kerberos principals to accounts of this machine: the name by krb5.conf's auth_to_local rules, for
// principals of the agent's own realm and of `trusted_realms`; uid and groups by the name service;
// SIDs from the ticket's PAC, and what the client delegated. No rule leads to uid 0.
class KerberosPrincipalMap final : public PrincipalMap {
 public:
  explicit KerberosPrincipalMap(std::vector<std::string> trusted_realms = {})
      : trusted_realms_(std::move(trusted_realms)) {}

  absl::StatusOr<AnonymousCaller> Describe(const NegotiateFacts& facts,
                                           std::unique_ptr<NegotiatedClient> client) override;

 private:
  // Some of krb5.conf's mappings (auth_to_local_names) do not look at the realm: any other realm
  // could then choose who its principals are here.
  bool MayHaveAccount(const NegotiateFacts& facts) const;
  // The account's name; empty when the realm's principal is nobody here.
  static absl::StatusOr<std::string> LocalName(const GssAcceptedClient& client);
  // Fills in uid, gid and groups; nothing when there is no such account, or it is the superuser's.
  static absl::Status LookUp(const std::string& name, v1::Principal* principal);
  static void DescribeDomain(const NegotiateFacts& facts, const GssAcceptedClient& client,
                             v1::DomainIdentity* domain);
  static void TakeDelegated(GssAcceptedClient* client, AnonymousCaller* caller);

  const std::vector<std::string> trusted_realms_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_
