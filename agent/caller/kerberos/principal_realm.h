#ifndef PROCTOR_AGENT_CALLER_KERBEROS_PRINCIPAL_REALM_H_
#define PROCTOR_AGENT_CALLER_KERBEROS_PRINCIPAL_REALM_H_

#include "absl/strings/string_view.h"

namespace proctor {

// "EXAMPLE.COM" of "alice@EXAMPLE.COM", as krb5_unparse_name(3) writes principals: whatever is no
// separator is quoted. Empty without a realm, and for one with something to quote: nobody has such
// a realm but who wants to look like another.
absl::string_view RealmOfPrincipal(absl::string_view principal);

// Whether the name is one that a domain gives to computers and to accounts of services:
// "BUILDER$@EXAMPLE.COM".
bool IsNameOfComputer(absl::string_view principal);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_KERBEROS_PRINCIPAL_REALM_H_
