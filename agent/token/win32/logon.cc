#include "agent/token/win32/logon.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/token/stage_trace.h"
#include "agent/token/win32/token_verification.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr size_t kMaxNameBytes = 256;
constexpr char kThisMachine[] = ".";

struct LogonTypeFacts {
  v1::LogonType type;
  DWORD logon32;
  const char* name;
  const char* right;  // What the account needs, as the security policy calls it.
};

constexpr LogonTypeFacts kTypes[] = {
    {v1::BATCH_LOGON, LOGON32_LOGON_BATCH, "batch", "'Log on as a batch job' (SeBatchLogonRight)"},
    {v1::INTERACTIVE_LOGON, LOGON32_LOGON_INTERACTIVE, "interactive",
     "'Allow log on locally' (SeInteractiveLogonRight)"},
    {v1::NETWORK_CLEARTEXT_LOGON, LOGON32_LOGON_NETWORK_CLEARTEXT, "network cleartext",
     "'Access this computer from the network' (SeNetworkLogonRight)"},
    {v1::SERVICE_LOGON, LOGON32_LOGON_SERVICE, "service",
     "'Log on as a service' (SeServiceLogonRight)"},
    {v1::NETWORK_LOGON, LOGON32_LOGON_NETWORK, "network",
     "'Access this computer from the network' (SeNetworkLogonRight)"},
};

const LogonTypeFacts& FactsOf(DWORD logon32) {
  for (const LogonTypeFacts& facts : kTypes) {
    if (facts.logon32 == logon32) return facts;
  }
  return kTypes[0];
}

std::string LogonAdvice(const absl::Status& status, DWORD type) {
  const absl::optional<OsError> error = GetOsError(status);
  switch (error.has_value() ? error->code : 0) {
    case ERROR_LOGON_FAILURE:
      return "the user does not exist or the password is wrong";
    case ERROR_LOGON_TYPE_NOT_GRANTED:
      return absl::StrCat("give the account the user right ", FactsOf(type).right,
                          ", or log on with another type");
    case ERROR_ACCOUNT_DISABLED:
      return "the account is disabled";
    case ERROR_ACCOUNT_EXPIRED:
      return "the account has expired";
    case ERROR_ACCOUNT_LOCKED_OUT:
      return "the account is locked out after too many failures";
    case ERROR_PASSWORD_MUST_CHANGE:
    case ERROR_PASSWORD_EXPIRED:
      return "the user must set a new password first";
    case ERROR_ACCOUNT_RESTRICTION:
      return "a policy forbids it: an empty password, or a restriction of the account";
    case ERROR_INVALID_LOGON_HOURS:
    case ERROR_INVALID_WORKSTATION:
      return "the account may not log on now, or not to this machine";
    case ERROR_NO_LOGON_SERVERS:
      return "no domain controller answers";
    default:
      return "see the agent's log";
  }
}

bool IsTypeNotGranted(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() && error->code == ERROR_LOGON_TYPE_NOT_GRANTED;
}

// As LookupAccountNameW wants it.
std::string QualifiedName(const PasswordLogon& logon) {
  return logon.domain.empty() ? logon.user : absl::StrCat(logon.domain, "\\", logon.user);
}

absl::Status CheckName(absl::string_view field, absl::string_view name) {
  if (name.size() <= kMaxNameBytes && !absl::StrContains(name, '\0')) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": cannot be a name"));
}

}  // namespace

absl::StatusOr<PasswordLogon> TakePasswordLogon(v1::LogonCredentials* credentials) {
  PasswordLogon logon;
  std::string* const password = credentials->mutable_password();
  logon.password = SecretBytes(std::string(*password));
  ::SecureZeroMemory(password->data(), password->size());
  password->clear();
  absl::Status valid = CheckName("logon.user", credentials->user());
  valid.Update(CheckName("logon.domain", credentials->domain()));
  if (credentials->user().empty()) valid.Update(absl::InvalidArgumentError("logon.user: is empty"));
  if (!v1::LogonType_IsValid(credentials->type())) {
    valid.Update(absl::InvalidArgumentError("logon.type: is a value this agent does not know"));
  }
  if (!valid.ok()) return valid;
  logon.user = credentials->user();
  logon.domain = credentials->domain();
  const size_t separator = logon.user.find('\\');
  if (logon.domain.empty() && separator != std::string::npos) {
    logon.domain = logon.user.substr(0, separator);
    logon.user.erase(0, separator + 1);
  }
  if (logon.domain.empty() && !absl::StrContains(logon.user, '@')) logon.domain = kThisMachine;
  for (const LogonTypeFacts& facts : kTypes) {
    if (facts.type == credentials->type()) logon.type = facts.logon32;
  }
  return logon;
}

v1::NetworkCredentials NetworkCredentialsOf(DWORD logon_type) {
  v1::NetworkCredentials credentials;
  if (logon_type == LOGON32_LOGON_NETWORK) {
    credentials.set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
    credentials.set_reason(
        "a network logon leaves no password with the system; log on with NETWORK_CLEARTEXT_LOGON "
        "or BATCH_LOGON to reach other machines");
  } else {
    credentials.set_kind(v1::NetworkCredentials::LOGON);
    credentials.set_reason(
        absl::StrCat("a ", FactsOf(logon_type).name, " logon with the user's password"));
  }
  return credentials;
}

absl::StatusOr<AnonymousCaller> WindowsLogon::LogOn(const PasswordLogon& logon) const {
  StageTrace trace(clock_);
  const absl::Duration begin = clock_->Monotonic();
  DWORD type = logon.type;
  absl::StatusOr<UniqueHandle> handle = calls_->LogOn(logon);
  // What everybody has the right to, where the usual type needs one that ordinary users lack. Jobs
  // can do the same with either.
  if (type == LOGON32_LOGON_BATCH && IsTypeNotGranted(handle.status())) {
    type = LOGON32_LOGON_NETWORK_CLEARTEXT;
    absl::StatusOr<UniqueHandle> other =
        calls_->LogOn({logon.user, logon.domain, logon.password.Clone(), type});
    if (other.ok()) handle = *std::move(other);
  }
  if (!handle.ok()) {
    return trace.Fail(v1::AUTHENTICATE, "LogonUserW", handle.status(),
                      LogonAdvice(handle.status(), logon.type));
  }
  const auto fail = [&trace](const char* call, const absl::Status& status) {
    return trace.Fail(v1::AUTHENTICATE, call, status,
                      "LogonUserW reported success, but what it returned is not the user's token; "
                      "nothing was done with it");
  };
  absl::StatusOr<std::shared_ptr<const Win32Token>> token = calls_->Read(*std::move(handle));
  if (!token.ok()) return fail("GetTokenInformation", token.status());
  const absl::StatusOr<Account> account = calls_->FindAccount(QualifiedName(logon));
  if (!account.ok()) return fail("LookupAccountNameW", account.status());
  // Only a network logon gives an impersonation token (LogonUserW, Microsoft Learn).
  const absl::Status verified =
      VerifyLogon(**token, account->sid, *own_, type == LOGON32_LOGON_NETWORK);
  if (!verified.ok()) return fail("GetTokenInformation", verified);
  AnonymousCaller caller;
  caller.authentication.set_mechanism(
      absl::StrCat("a ", FactsOf(type).name, " logon with a password"));
  caller.authentication.set_level((*token)->primary() ? v1::PRIMARY : v1::IMPERSONATION);
  *caller.authentication.mutable_network_credentials() = NetworkCredentialsOf(type);
  caller.context = *std::move(token);
  caller.call = "LogonUserW";
  caller.duration = clock_->Monotonic() - begin;
  return caller;
}

}  // namespace proctor
