#ifndef PROCTOR_COMMON_WIN32_SSPI_CONTEXT_H_
#define PROCTOR_COMMON_WIN32_SSPI_CONTEXT_H_

#include <memory>
#include <string>

#include "common/negotiate_context.h"
#include "common/win32/sspi_credentials.h"

namespace proctor {

// What both ends of an exchange have in common: the context's handle, deleted on destruction, its
// legs, its attributes and its signatures.
class SspiContext : public NegotiateContext {
 public:
  ~SspiContext() override;

 protected:
  SspiContext(Requirements requirements, std::shared_ptr<SspiCredentials> credentials,
              absl::string_view binding);

  // One call of InitializeSecurityContextW or AcceptSecurityContext.
  struct Leg {
    CtxtHandle* current;  // Null on the first.
    SecBufferDesc* input;
    CtxtHandle* next;
    SecBufferDesc* output;
    ULONG flags = 0;
    TimeStamp expiry = {};
  };
  virtual SECURITY_STATUS Advance(Leg* leg) = 0;
  virtual const char* call() const = 0;
  // What the call is about, for its errors.
  virtual std::string subject() const = 0;
  // Of the complete context, which mechanism and expiry are known of already.
  virtual absl::Status ReadFacts(ULONG flags, NegotiateFacts* facts) = 0;

  SspiCredentials& credentials() const { return *credentials_; }
  CtxtHandle* context() { return &context_; }
  absl::Status Failed(absl::string_view call, SECURITY_STATUS status) const;
  // SECPKG_ATTR_NATIVE_NAMES; empty where the system does not tell.
  std::string NativeClientName();

 private:
  absl::StatusOr<NegotiateStep> DoStep(absl::string_view token, NegotiateFacts* facts) final;
  absl::StatusOr<std::string> DoSign(absl::string_view message) final;
  absl::Status DoVerify(absl::string_view message, absl::string_view signature) final;

  SECURITY_STATUS RunLeg(absl::string_view token, std::string* answer, Leg* leg);
  // Before a token of NTLM's leaves, or is looked at.
  absl::Status CheckNotNtlm(absl::string_view token) const;
  absl::StatusOr<NegotiatedProtocol> Package();
  absl::StatusOr<SecPkgContext_Sizes> Sizes();

  const std::shared_ptr<SspiCredentials> credentials_;
  const bool allow_ntlm_;
  std::string bindings_;  // A SEC_CHANNEL_BINDINGS and what it points to.
  CtxtHandle context_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SSPI_CONTEXT_H_
