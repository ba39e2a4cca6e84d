#include "common/win32/sspi_acceptor.h"

#include <utility>

#include "common/win32/sspi_acceptor_context.h"

namespace proctor {

SspiAcceptor::SspiAcceptor(std::shared_ptr<SspiCredentials> credentials,
                           NegotiateAcceptorOptions options)
    : credentials_(std::move(credentials)), options_(std::move(options)) {}

absl::StatusOr<std::unique_ptr<SspiAcceptor>> SspiAcceptor::Make(SecurityFunctions* functions,
                                                                 NegotiateAcceptorOptions options) {
  if (options.service_principal.empty()) {
    return absl::InvalidArgumentError("an acceptor needs the name of its service principal");
  }
  absl::StatusOr<std::shared_ptr<SspiCredentials>> credentials =
      SspiCredentials::Acquire(functions, SecurityEnd::kAcceptor);
  if (!credentials.ok()) return credentials.status();
  return std::unique_ptr<SspiAcceptor>(
      new SspiAcceptor(*std::move(credentials), std::move(options)));
}

absl::StatusOr<std::unique_ptr<NegotiateContext>> SspiAcceptor::Accept(absl::string_view binding) {
  return std::make_unique<SspiAcceptorContext>(credentials_, options_, binding);
}

absl::Status SspiAcceptor::CheckUsable() const {
  return SspiCredentials::Acquire(credentials_->functions(), SecurityEnd::kAcceptor).status();
}

}  // namespace proctor
