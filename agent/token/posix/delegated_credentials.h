#ifndef PROCTOR_AGENT_TOKEN_POSIX_DELEGATED_CREDENTIALS_H_
#define PROCTOR_AGENT_TOKEN_POSIX_DELEGATED_CREDENTIALS_H_

#include <utility>

#include "absl/time/time.h"
#include "agent/token/security_context.h"
#include "common/secret_bytes.h"

namespace proctor {

// The Kerberos credentials that a caller handed over: CallerToken::delegated() on POSIX. They are
// given to jobs that run as the caller, and to no other.
class DelegatedCredentials final : public SecurityContext {
 public:
  DelegatedCredentials(SecretBytes cache_in, absl::Time expires_in)
      : cache(std::move(cache_in)), expires(expires_in) {}

  const SecretBytes cache;  // A credential cache in FILE format.
  const absl::Time expires;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_DELEGATED_CREDENTIALS_H_
