#ifndef PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_
#define PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/caller/principal_map.h"
#include "agent/token/account_sids.h"
#include "common/linux/gss_accepted_client.h"

namespace proctor {

// Kerberos principals to accounts of this machine: the name by krb5.conf's auth_to_local rules, for
// principals of the agent's own realm and of `trusted_realms`; uid and groups by the name service;
// SIDs from the ticket's PAC, and what the client delegated. No rule leads to uid 0, nor to an
// account that belongs to another SID; computers are refused.
class KerberosPrincipalMap final : public PrincipalMap {
 public:
  struct Options {
    std::vector<std::string> trusted_realms;
    bool allow_computer_accounts = false;
    AccountSids account_sids;
  };
  explicit KerberosPrincipalMap(Options options) : options_(std::move(options)) {}

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
  // What the realm says of the client. Returns whether that is a computer.
  static bool DescribeDomain(const NegotiateFacts& facts, const GssAcceptedClient& client,
                             AnonymousCaller* caller);
  // Says so where more than the name decided.
  void DescribeTrust(const v1::Principal& principal, v1::AuthenticationContext* how) const;
  // Whether the client may be whom its name leads to. UNAUTHENTICATED says why not.
  absl::Status Admit(const NegotiateFacts& facts, bool is_computer,
                     const v1::Principal& principal) const;
  static void TakeDelegated(GssAcceptedClient* client, AnonymousCaller* caller);

  const Options options_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_
