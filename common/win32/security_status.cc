#include "common/win32/security_status.h"

#include "common/failure_detail.h"
#include "common/os_error.h"
#include "common/os_error_code.h"

namespace proctor {
namespace {

struct Advice {
  SECURITY_STATUS status;
  const char* initiator;
  const char* acceptor;
};

constexpr char kClocks[] = "Set the clocks: Kerberos allows five minutes between two machines.";
constexpr char kBindings[] =
    "Something between the two ends TLS. Connect to the agent itself, and to no proxy.";
constexpr char kKeys[] =
    "The service principal belongs to another account than the agent's, or twice; setspn -Q tells "
    "whose it is.";

// "SSPI Status Codes" and the return values of the two calls, Microsoft Learn.
constexpr Advice kAdvice[] = {
    {SEC_E_NO_CREDENTIALS, "Log on to the domain; klist shows the tickets that there are.",
     "Run the agent as LocalSystem, or as an account of the domain."},
    {SEC_E_NO_AUTHENTICATING_AUTHORITY, "No domain controller answers; check network and DNS.",
     "No domain controller answers; check network and DNS."},
    {SEC_E_TIME_SKEW, kClocks, kClocks},
    {SEC_E_TARGET_UNKNOWN,
     "The domain knows no such service. Call the agent by its full name, or register it: setspn -S "
     "proctor/HOST ACCOUNT",
     ""},
    {SEC_E_WRONG_PRINCIPAL, kKeys, kKeys},
    {SEC_E_BAD_BINDINGS, kBindings, kBindings},
    {SEC_E_LOGON_DENIED, "The domain refused the logon: password, account or restriction.",
     "The domain refused the caller, or has no key for it that this agent knows."},
    {SEC_E_NO_KERB_KEY, "", "The agent's account has no Kerberos key: set its password anew."},
    {SEC_E_KDC_UNABLE_TO_REFER, "No trust leads to the agent's domain.", ""},
    {SEC_E_DOWNGRADE_DETECTED, "The domain controller was not reached as it should be; try again.",
     ""},
    {SEC_E_INVALID_TOKEN, "The agent does not speak Negotiate, or something altered its answer.",
     "The client does not speak Negotiate, or something altered its token."},
    {SEC_E_CONTEXT_EXPIRED, "The ticket has ended: log on anew.", "The caller's ticket has ended."},
    {SEC_E_UNSUPPORTED_FUNCTION, "This system's SSPI cannot do it; Windows' own can.",
     "This system's SSPI cannot do it; Windows' own can."},
    {SEC_E_SECPKG_NOT_FOUND, "Negotiate is not among this system's security packages.",
     "Negotiate is not among this system's security packages."},
};

const char* AdviceFor(SecurityEnd end, SECURITY_STATUS status) {
  for (const Advice& advice : kAdvice) {
    if (advice.status != status) continue;
    return end == SecurityEnd::kInitiator ? advice.initiator : advice.acceptor;
  }
  return "";
}

// A server without credentials is not set up; a client without is nobody.
absl::StatusCode CodeOf(SecurityEnd end, SECURITY_STATUS status) {
  if (end == SecurityEnd::kAcceptor &&
      (status == SEC_E_NO_CREDENTIALS || status == SEC_E_NO_KERB_KEY)) {
    return absl::StatusCode::kFailedPrecondition;
  }
  return CanonicalCode(static_cast<int>(status));
}

}  // namespace

absl::Status SecurityStatus(SecurityEnd end, absl::string_view call, SECURITY_STATUS status,
                            absl::string_view subject) {
  const auto code = static_cast<int>(status);
  v1::FailureDetail detail;
  detail.set_call(std::string(call));
  detail.set_os_error_code(code);
  detail.set_os_error_name(OsErrorName(code));
  detail.set_subject(std::string(subject));
  detail.set_advice(AdviceFor(end, status));
  return WithFailureDetail(OsErrorStatus(CodeOf(end, status), call, code, subject), detail);
}

}  // namespace proctor
