#ifndef PROCTOR_COMMON_WIN32_SSPI_ACCEPTED_CLIENT_H_
#define PROCTOR_COMMON_WIN32_SSPI_ACCEPTED_CLIENT_H_

#include <utility>

#include "common/negotiate_context.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// The client's token, as QuerySecurityContextToken gave it: an impersonation token, checked to be
// one and somebody's, of the level that the client granted.
class SspiAcceptedClient final : public NegotiatedClient {
 public:
  SspiAcceptedClient(UniqueHandle token, SECURITY_IMPERSONATION_LEVEL level)
      : token_(std::move(token)), level_(level) {}

  // SecurityIdentification at least; launching takes SecurityImpersonation.
  SECURITY_IMPERSONATION_LEVEL level() const { return level_; }
  UniqueHandle TakeToken() { return std::move(token_); }

 private:
  UniqueHandle token_;
  const SECURITY_IMPERSONATION_LEVEL level_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SSPI_ACCEPTED_CLIENT_H_
