#ifndef PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_
#define PROCTOR_AGENT_CALLER_LINUX_KERBEROS_PRINCIPAL_MAP_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/caller/linux/local_account.h"
#include "agent/caller/principal_map.h"
#include "agent/token/account_sids.h"
#include "common/linux/gss_accepted_client.h"

namespace proctor {

// Kerberos principals to accounts of this machine (local_account.h), for principals of the agent's
// own realm and of `trusted_realms`; SIDs from the ticket's PAC, and what the client delegated. Why
// a principal has no account, and why a PAC was of no use, is told to the caller and logged.
// Computers are refused, and who has another SID than the account that the name leads to.
class KerberosPrincipalMap final : public PrincipalMap {
 public:
  struct Options {
    std::vector<std::string> trusted_realms;
    bool allow_computer_accounts = false;
    AccountSids account_sids;
    std::function<absl::StatusOr<LocalAccount>(const NegotiateFacts&,
                                               const std::vector<std::string>& trusted_realms)>
        find_account = &FindLocalAccount;
  };
  explicit KerberosPrincipalMap(Options options) : options_(std::move(options)) {}

  absl::StatusOr<AnonymousCaller> Describe(const NegotiateFacts& facts,
                                           std::unique_ptr<NegotiatedClient> client) override;

 private:
  // Fills in the identity's domain part, and where its SIDs come from. Returns whether that says
  // that the client is a computer.
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
