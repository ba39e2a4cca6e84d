#ifndef PROCTOR_COMMON_LINUX_TICKET_CACHE_H_
#define PROCTOR_COMMON_LINUX_TICKET_CACHE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/linux/gss_handles.h"
#include "common/linux/kerberos_handles.h"

namespace proctor {

// The credential cache that GSSAPI takes for one service, and the tickets in it. Not thread-safe.
class TicketCache {
 public:
  // `service`: "proctor/host.example.com@EXAMPLE.COM", its realm empty where the client's own
  // realm is to find it out. An error where there is no cache with a principal.
  static absl::StatusOr<std::unique_ptr<TicketCache>> Select(const GssLibrary* gss,
                                                             const std::string& service);

  // Gets the service's ticket into the cache, where it may be already. `on_kdc` is told the realm
  // of each request before it is sent.
  absl::Status Fetch(const std::function<void(absl::string_view realm)>& on_kdc);

  bool IsForwardable() { return (InitialTicketFlags() & TKT_FLG_FORWARDABLE) != 0; }
  // The client's ticket-granting ticket, to be freed with krb5_free_cred_contents; false when there
  // is none.
  bool FindInitialTicket(krb5_creds* found);
  krb5_context context() const { return context_.get(); }
  krb5_principal client() const { return client_.get(); }
  krb5_principal service() const { return service_.get(); }

  // Why the own credentials do not go to the service with its ticket, and what to do.
  std::string WhyNotDelegated();

 private:
  TicketCache(const GssLibrary* gss, KerberosContext context)
      : gss_(gss),
        context_(std::move(context)),
        service_(gss, context_.get()),
        cache_(gss, context_.get()),
        client_(gss, context_.get()) {}

  absl::Status Open(const std::string& service);
  // From the cache alone, or from the key distribution centre.
  krb5_error_code Get(krb5_flags options, KerberosCredentials* credentials);
  // The flags of the client's ticket-granting ticket; 0 when there is none.
  krb5_flags InitialTicketFlags();
  // What krb5.conf's [libdefaults] say.
  bool Enforced(const char* relation);

  const GssLibrary* const gss_;
  const KerberosContext context_;
  KerberosPrincipal service_;
  KerberosCache cache_;
  KerberosPrincipal client_;
};

// "proctor/host.example.com" with the realm of the host as krb5.conf maps it, which is empty when
// it is for the client's own realm to find out (a referral). The host's name is taken as it is:
// whoever answers for DNS must not choose whom the client talks to. INVALID_ARGUMENT when it is no
// service principal.
absl::StatusOr<std::string> ServiceWithRealm(const GssLibrary& gss, const std::string& service);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_TICKET_CACHE_H_
