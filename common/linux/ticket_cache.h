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

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_TICKET_CACHE_H_
