#include "agent/token/win32/s4u_logon.h"

// clang-format off
#define SECURITY_WIN32
#include <windows.h>
#include <ntsecapi.h>
#include <security.h>
// clang-format on

#include <cstddef>
#include <cstring>
#include <cwchar>
#include <string>
#include <utility>
#include <vector>

#include "common/win32/last_error.h"
#include "common/win32/thread_privileges.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr const wchar_t* kPrivileges[] = {L"SeTcbPrivilege"};
constexpr char kProcess[] = "Proctor";
constexpr char kKerberos[] = "Kerberos";                          // MICROSOFT_KERBEROS_NAME_A
constexpr char kMsv[] = "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0";  // MSV1_0_PACKAGE_NAME

absl::Status LsaStatus(absl::string_view call, NTSTATUS status, absl::string_view subject = "") {
  return OsErrorStatus(call, static_cast<int>(::LsaNtStatusToWinError(status)), subject);
}

LSA_STRING LsaText(const char* text) {
  const auto length = static_cast<USHORT>(std::strlen(text));
  return LSA_STRING{length, static_cast<USHORT>(length + 1), const_cast<char*>(text)};
}

// A connection of a logon process to the authority.
class LsaConnection {
 public:
  LsaConnection() = default;
  ~LsaConnection() {
    if (lsa_ != nullptr) ::LsaDeregisterLogonProcess(lsa_);
  }
  LsaConnection(const LsaConnection&) = delete;
  LsaConnection& operator=(const LsaConnection&) = delete;

  absl::Status Open() {
    LSA_STRING name = LsaText(kProcess);
    LSA_OPERATIONAL_MODE mode = 0;
    const NTSTATUS status = ::LsaRegisterLogonProcess(&name, &lsa_, &mode);
    if (status == 0) return absl::OkStatus();
    lsa_ = nullptr;
    return LsaStatus("LsaRegisterLogonProcess", status);
  }
  HANDLE get() const { return lsa_; }

 private:
  HANDLE lsa_ = nullptr;
};

// MSV1_0_S4U_LOGON and KERB_S4U_LOGON in one buffer with the two strings they point to, as the
// authority demands. The structures are the same but for the names of their members.
class S4uRequest {
 public:
  S4uRequest(ULONG type, const std::wstring& user, const std::wstring& domain)
      : bytes_(sizeof(MSV1_0_S4U_LOGON) + (user.size() + domain.size()) * sizeof(wchar_t)) {
    static_assert(sizeof(MSV1_0_S4U_LOGON) == sizeof(KERB_S4U_LOGON));
    MSV1_0_S4U_LOGON logon = {};
    logon.MessageType = static_cast<MSV1_0_LOGON_SUBMIT_TYPE>(type);
    logon.UserPrincipalName = Append(sizeof(logon), user);
    logon.DomainName = Append(sizeof(logon) + user.size() * sizeof(wchar_t), domain);
    std::memcpy(bytes_.data(), &logon, sizeof(logon));
  }

  S4uRequest(S4uRequest&&) = default;
  S4uRequest& operator=(S4uRequest&&) = default;

  void* data() { return bytes_.data(); }
  ULONG size() const { return static_cast<ULONG>(bytes_.size()); }

 private:
  UNICODE_STRING Append(size_t offset, const std::wstring& text) {
    const auto length = static_cast<USHORT>(text.size() * sizeof(wchar_t));
    std::memcpy(bytes_.data() + offset, text.data(), length);
    return {length, length, reinterpret_cast<wchar_t*>(bytes_.data() + offset)};
  }

  std::vector<std::byte> bytes_;  // Moved with its heap block, so the pointers stay.
};

// "alice@example.com" of "EXAMPLE\\alice": what Kerberos knows a domain's user by, which need not
// be made of the two names. Empty when no domain controller tells.
std::wstring PrincipalName(const std::wstring& user, const std::wstring& domain) {
  std::wstring name(1024, L'\0');
  auto units = static_cast<ULONG>(name.size());
  const std::wstring account = domain + L"\\" + user;
  if (!::TranslateNameW(account.c_str(), NameSamCompatible, NameUserPrincipal, name.data(),
                        &units)) {
    return {};
  }
  name.resize(std::wcslen(name.c_str()));
  return name;
}

absl::StatusOr<S4uRequest> BuildRequest(const Account& account) {
  absl::StatusOr<std::wstring> user = ToUtf16(account.name);
  if (!user.ok()) return user.status();
  absl::StatusOr<std::wstring> domain = ToUtf16(account.domain);
  if (!domain.ok()) return domain.status();
  if (!account.is_local) {
    if (std::wstring principal = PrincipalName(*user, *domain); !principal.empty()) {
      *user = std::move(principal);
      domain->clear();
    }
  }
  constexpr size_t kMaxUnits = 512;  // Lengths are 16 bits of bytes.
  if (user->size() > kMaxUnits || domain->size() > kMaxUnits) {
    return absl::InvalidArgumentError("the account's name is too long");
  }
  return account.is_local ? S4uRequest(MsV1_0S4ULogon, *user, L".")
                          : S4uRequest(KerbS4ULogon, *user, *domain);
}

absl::StatusOr<UniqueHandle> LogOnThrough(const LsaConnection& lsa, const Account& account,
                                          S4uRequest request) {
  LSA_STRING package_name = LsaText(account.is_local ? kMsv : kKerberos);
  ULONG package = 0;
  NTSTATUS status = ::LsaLookupAuthenticationPackage(lsa.get(), &package_name, &package);
  if (status != 0) return LsaStatus("LsaLookupAuthenticationPackage", status);
  LSA_STRING origin = LsaText(kProcess);
  TOKEN_SOURCE source = {};
  std::memcpy(source.SourceName, kProcess, sizeof(kProcess) - 1);
  if (!::AllocateLocallyUniqueId(&source.SourceIdentifier)) {
    return LastErrorStatus("AllocateLocallyUniqueId");
  }
  void* profile = nullptr;
  ULONG profile_bytes = 0;
  LUID logon_id = {};
  // Stays NULL under a system that says it succeeded and did nothing.
  HANDLE token = nullptr;
  QUOTA_LIMITS quotas = {};
  NTSTATUS detail = 0;
  // A batch logon gives a primary token; a network logon would not.
  status =
      ::LsaLogonUser(lsa.get(), &origin, Batch, package, request.data(), request.size(), nullptr,
                     &source, &profile, &profile_bytes, &logon_id, &token, &quotas, &detail);
  UniqueHandle owned(token);
  if (profile != nullptr) ::LsaFreeReturnBuffer(profile);
  if (status != 0) return LsaStatus("LsaLogonUser", detail != 0 ? detail : status, account.name);
  if (!owned.valid()) {
    return absl::InternalError("LsaLogonUser reports success and returned no token");
  }
  return owned;
}

}  // namespace

absl::StatusOr<UniqueHandle> S4uLogOn(const Account& account) {
  absl::StatusOr<S4uRequest> request = BuildRequest(account);
  if (!request.ok()) return request.status();
  const ThreadPrivileges privileges(kPrivileges);
  LsaConnection lsa;
  if (absl::Status opened = lsa.Open(); !opened.ok()) return opened;
  return LogOnThrough(lsa, account, *std::move(request));
}

}  // namespace proctor
