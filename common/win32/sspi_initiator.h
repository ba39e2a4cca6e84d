#ifndef PROCTOR_COMMON_WIN32_SSPI_INITIATOR_H_
#define PROCTOR_COMMON_WIN32_SSPI_INITIATOR_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/win32/sspi_context.h"

namespace proctor {

// The client's end, with the credentials of the logon session.
class SspiInitiator final : public SspiContext {
 public:
  static absl::StatusOr<std::unique_ptr<SspiInitiator>> Make(
      SecurityFunctions* functions, const NegotiateInitiatorOptions& options);

 private:
  SspiInitiator(std::shared_ptr<SspiCredentials> credentials,
                const NegotiateInitiatorOptions& options, std::wstring wide_target);

  SECURITY_STATUS Advance(Leg* leg) override;
  const char* call() const override { return "InitializeSecurityContextW"; }
  std::string subject() const override { return target_; }
  absl::Status ReadFacts(ULONG flags, NegotiateFacts* facts) override;

  const std::string target_;
  const bool delegate_;
  std::wstring wide_target_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SSPI_INITIATOR_H_
