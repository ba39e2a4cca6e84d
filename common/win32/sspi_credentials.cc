#include "common/win32/sspi_credentials.h"

#include "common/win32/utf16.h"

namespace proctor {
namespace {

// Spelled without const in the functions' declarations; not written to.
wchar_t kPackage[] = L"Negotiate";

// From 1601, FILETIME's beginning, to 1970, in its units of 100 ns.
constexpr int64_t kUnixEpoch = 116444736000000000;

absl::StatusOr<size_t> MaxToken(SecurityFunctions* functions, SecurityEnd end) {
  PSecPkgInfoW info = nullptr;
  const SECURITY_STATUS status = functions->QuerySecurityPackageInfoW(kPackage, &info);
  if (status != SEC_E_OK) return SecurityStatus(end, "QuerySecurityPackageInfoW", status);
  const size_t size = info->cbMaxToken;
  functions->FreeContextBuffer(info);
  return size;
}

}  // namespace

absl::StatusOr<std::shared_ptr<SspiCredentials>> SspiCredentials::Acquire(
    SecurityFunctions* functions, SecurityEnd end) {
  const absl::StatusOr<size_t> max_token = MaxToken(functions, end);
  if (!max_token.ok()) return max_token.status();
  std::shared_ptr<SspiCredentials> credentials(new SspiCredentials(functions, end, *max_token));
  TimeStamp expiry = {};
  // No pAuthData, also where NTLM is not allowed: the package list "!ntlm" comes in a structure
  // that names a user and a password (SEC_WINNT_AUTH_IDENTITY_EX, Microsoft Learn), and nothing
  // says that one without them stands for the logon session. SspiContext lets no token of NTLM out
  // or in.
  const SECURITY_STATUS status = functions->AcquireCredentialsHandleW(
      nullptr, kPackage, end == SecurityEnd::kAcceptor ? SECPKG_CRED_INBOUND : SECPKG_CRED_OUTBOUND,
      nullptr, nullptr, nullptr, nullptr, &credentials->handle_, &expiry);
  if (status != SEC_E_OK) {
    SecInvalidateHandle(&credentials->handle_);
    return SecurityStatus(end, "AcquireCredentialsHandleW", status, "Negotiate");
  }
  credentials->expires_ = FromSecurityTime(expiry);
  return credentials;
}

SspiCredentials::~SspiCredentials() {
  if (SecIsValidHandle(&handle_)) functions_->FreeCredentialsHandle(&handle_);
}

absl::StatusOr<std::string> SspiCredentials::Name() {
  SecPkgCredentials_NamesW names = {};
  const SECURITY_STATUS status =
      functions_->QueryCredentialsAttributesW(&handle_, SECPKG_CRED_ATTR_NAMES, &names);
  if (status != SEC_E_OK) return SecurityStatus(end_, "QueryCredentialsAttributesW", status);
  if (names.sUserName == nullptr) return absl::NotFoundError("the credentials have no name");
  std::string name = FromUtf16(names.sUserName);
  functions_->FreeContextBuffer(names.sUserName);
  return name;
}

absl::Time FromSecurityTime(const TimeStamp& time) {
  FILETIME local = {};
  local.dwLowDateTime = time.LowPart;
  local.dwHighDateTime = static_cast<DWORD>(time.HighPart);
  FILETIME utc = {};
  if (time.QuadPart <= 0 || time.QuadPart == MAXLONGLONG ||
      !::LocalFileTimeToFileTime(&local, &utc)) {
    return absl::InfiniteFuture();
  }
  ULARGE_INTEGER ticks;
  ticks.LowPart = utc.dwLowDateTime;
  ticks.HighPart = utc.dwHighDateTime;
  const auto since = static_cast<int64_t>(ticks.QuadPart) - kUnixEpoch;
  // "Never" is told as some time in the far future.
  constexpr int64_t kTicksPerHour = int64_t{3600} * 10000000;
  const absl::Duration after =
      absl::Hours(since / kTicksPerHour) + absl::Nanoseconds(since % kTicksPerHour * 100);
  return after > absl::Hours(24 * 366 * 100) ? absl::InfiniteFuture() : absl::UnixEpoch() + after;
}

}  // namespace proctor
