#ifndef PROCTOR_COMMON_LINUX_PRESENTED_TICKET_H_
#define PROCTOR_COMMON_LINUX_PRESENTED_TICKET_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/linux/gss_library.h"

namespace proctor {

// What a ticket says in the clear. The library decrypts a ticket with any key of the account that
// it is for, and tells the name of the key's entry in the keytab then, not the ticket's own name.
//
// Nothing signs this part: a client can write another name of the same account over it. So it says
// what an honest client meant, and no more; whom the client talks to is proved by the channel
// binding and by the signatures of the handshake.
struct PresentedTicket {
  std::string server;  // "proctor/host.example.com@EXAMPLE.COM", as krb5_unparse_name(3) writes it.
  krb5_kvno kvno = 0;
  krb5_enctype enctype = 0;
};

// The ticket in a client's token: SPNEGO (RFC 4178) or raw Kerberos (RFC 4121). Absent in a token
// that has none, and in one that cannot be read.
absl::optional<PresentedTicket> ReadPresentedTicket(const GssLibrary& gss, krb5_context context,
                                                    absl::string_view token);

// The bytes of the ticket, a part of `token`; empty without one.
absl::string_view TicketInToken(absl::string_view token);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_PRESENTED_TICKET_H_
