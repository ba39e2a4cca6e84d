#ifndef PROCTOR_COMMON_LINUX_ACCEPTOR_CREDENTIAL_H_
#define PROCTOR_COMMON_LINUX_ACCEPTOR_CREDENTIAL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/linux/gss_handles.h"
#include "common/negotiate_context.h"

namespace proctor {

// The keytab's name of the service that `options` ask for, with its realm. A keytab may have the
// service in several realms and spellings: the one that is `meant` ("proctor/host@REALM", may be
// empty) comes first. FAILED_PRECONDITION without such an entry: the error says which there are.
absl::StatusOr<std::string> FindAcceptorPrincipal(const GssLibrary& gss,
                                                  const NegotiateAcceptorOptions& options,
                                                  absl::string_view meant = "");

// A credential to accept with, for that entry of the keytab and no other: in a domain all names of
// an account share one key, and without a name the library takes the first entry whose key fits.
// Without a mechanism, so that it takes raw Kerberos as well as SPNEGO. Made anew for each client:
// that is a matter of microseconds, and a keytab that was replaced counts at once.
struct AcceptorCredential {
  std::string principal;
  GssCredential credential;
};
absl::StatusOr<AcceptorCredential> AcquireAcceptorCredential(
    const GssLibrary& gss, const NegotiateAcceptorOptions& options, absl::string_view meant = "");

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_ACCEPTOR_CREDENTIAL_H_
