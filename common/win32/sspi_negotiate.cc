// What common/negotiate_context.h makes, made with SSPI.

#include "common/negotiate_context.h"
#include "common/win32/sspi_acceptor.h"
#include "common/win32/sspi_initiator.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// "DOMAIN\\alice", of the thread's user.
std::string AccountOfThread() {
  wchar_t name[256 + 1 + 256];
  ULONG size = ARRAYSIZE(name);
  if (!::GetUserNameExW(NameSamCompatible, name, &size)) return "";
  return FromUtf16(std::wstring_view(name, size));
}

}  // namespace

absl::StatusOr<std::unique_ptr<NegotiateContext>> MakeNegotiateInitiator(
    const NegotiateInitiatorOptions& options) {
  return SspiInitiator::Make(SystemSecurityFunctions(), options);
}

absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> MakeNegotiateAcceptor(
    const NegotiateAcceptorOptions& options) {
  return SspiAcceptor::Make(SystemSecurityFunctions(), options);
}

absl::StatusOr<NegotiateIdentity> ReadNegotiateIdentity() {
  const absl::StatusOr<std::shared_ptr<SspiCredentials>> credentials =
      SspiCredentials::Acquire(SystemSecurityFunctions(), SecurityEnd::kInitiator);
  if (!credentials.ok()) return credentials.status();
  const absl::StatusOr<std::string> name = (*credentials)->Name();
  NegotiateIdentity identity;
  // The package does not always tell; the logon session's account does.
  identity.principal = name.ok() ? *name : AccountOfThread();
  identity.expires = (*credentials)->expires();
  identity.source = "the logon session";
  return identity;
}

}  // namespace proctor
