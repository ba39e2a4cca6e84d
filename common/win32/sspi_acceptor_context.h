#ifndef PROCTOR_COMMON_WIN32_SSPI_ACCEPTOR_CONTEXT_H_
#define PROCTOR_COMMON_WIN32_SSPI_ACCEPTOR_CONTEXT_H_

#include <memory>
#include <string>

#include "common/win32/sspi_accepted_client.h"
#include "common/win32/sspi_context.h"

namespace proctor {

// The agent's end of one client's exchange.
class SspiAcceptorContext final : public SspiContext {
 public:
  SspiAcceptorContext(std::shared_ptr<SspiCredentials> credentials,
                      const NegotiateAcceptorOptions& options, absl::string_view binding);

  std::unique_ptr<NegotiatedClient> TakeClient() override { return std::move(client_); }

 private:
  SECURITY_STATUS Advance(Leg* leg) override;
  const char* call() const override { return "AcceptSecurityContext"; }
  std::string subject() const override { return service_principal_; }
  absl::Status ReadFacts(ULONG flags, NegotiateFacts* facts) override;

  // Whom the client meant; the expected principal's spelling where it is that one.
  absl::StatusOr<std::string> Target();
  absl::StatusOr<std::unique_ptr<SspiAcceptedClient>> Client();

  const std::string service_principal_;
  std::unique_ptr<SspiAcceptedClient> client_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SSPI_ACCEPTOR_CONTEXT_H_
