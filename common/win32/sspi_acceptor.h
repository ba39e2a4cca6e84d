#ifndef PROCTOR_COMMON_WIN32_SSPI_ACCEPTOR_H_
#define PROCTOR_COMMON_WIN32_SSPI_ACCEPTOR_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/negotiate_context.h"
#include "common/win32/sspi_credentials.h"

namespace proctor {

// The credentials of the agent's account, acquired once.
class SspiAcceptor final : public NegotiateAcceptor {
 public:
  static absl::StatusOr<std::unique_ptr<SspiAcceptor>> Make(SecurityFunctions* functions,
                                                            NegotiateAcceptorOptions options);

  absl::StatusOr<std::unique_ptr<NegotiateContext>> Accept(absl::string_view binding) override;
  std::string service_principal() const override { return options_.service_principal; }
  // Windows keeps the account's keys itself: it is asked for the credentials once more.
  absl::Status CheckUsable() const override;

 private:
  SspiAcceptor(std::shared_ptr<SspiCredentials> credentials, NegotiateAcceptorOptions options);

  const std::shared_ptr<SspiCredentials> credentials_;
  const NegotiateAcceptorOptions options_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SSPI_ACCEPTOR_H_
