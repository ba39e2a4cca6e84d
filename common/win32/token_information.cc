#include "common/win32/token_information.h"

#include <sddl.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

// The structure of `information`, in a buffer of the size it needs.
absl::StatusOr<std::vector<unsigned char>> Query(HANDLE token, TOKEN_INFORMATION_CLASS information,
                                                 const char* name) {
  DWORD size = 0;
  ::GetTokenInformation(token, information, nullptr, 0, &size);
  if (size == 0) return LastErrorStatus("GetTokenInformation", name);
  std::vector<unsigned char> buffer(size);
  if (!::GetTokenInformation(token, information, buffer.data(), size, &size)) {
    return LastErrorStatus("GetTokenInformation", name);
  }
  buffer.resize(size);
  return buffer;
}

template <typename T>
absl::StatusOr<T> QueryValue(HANDLE token, TOKEN_INFORMATION_CLASS information, const char* name) {
  T value = {};
  DWORD size = 0;
  if (!::GetTokenInformation(token, information, &value, sizeof(value), &size)) {
    return LastErrorStatus("GetTokenInformation", name);
  }
  return value;
}

template <typename Wanted>
absl::StatusOr<std::vector<std::string>> GroupSids(HANDLE token, Wanted wanted) {
  const absl::StatusOr<std::vector<unsigned char>> buffer =
      Query(token, TokenGroups, "TokenGroups");
  if (!buffer.ok()) return buffer.status();
  const auto* groups = reinterpret_cast<const TOKEN_GROUPS*>(buffer->data());
  std::vector<std::string> sids;
  for (DWORD i = 0; i < groups->GroupCount; ++i) {
    if (!wanted(groups->Groups[i].Attributes)) continue;
    absl::StatusOr<std::string> sid = SidToString(groups->Groups[i].Sid);
    if (!sid.ok()) return sid.status();
    sids.push_back(*std::move(sid));
  }
  std::sort(sids.begin(), sids.end());
  return sids;
}

}  // namespace

absl::StatusOr<std::string> SidToString(PSID sid) {
  wchar_t* text = nullptr;
  if (!::ConvertSidToStringSidW(sid, &text)) return LastErrorStatus("ConvertSidToStringSidW");
  const std::unique_ptr<wchar_t, FreeLocal> owner(text);
  return FromUtf16(text);
}

absl::StatusOr<std::string> TokenUserSid(HANDLE token) {
  const absl::StatusOr<std::vector<unsigned char>> buffer = Query(token, TokenUser, "TokenUser");
  if (!buffer.ok()) return buffer.status();
  return SidToString(reinterpret_cast<const TOKEN_USER*>(buffer->data())->User.Sid);
}

absl::StatusOr<std::vector<std::string>> TokenEnabledGroupSids(HANDLE token) {
  return GroupSids(token, [](DWORD attributes) {
    return (attributes & SE_GROUP_ENABLED) != 0 &&
           (attributes & (SE_GROUP_USE_FOR_DENY_ONLY | SE_GROUP_INTEGRITY)) == 0;
  });
}

absl::StatusOr<std::vector<std::string>> TokenDenyOnlySids(HANDLE token) {
  return GroupSids(token,
                   [](DWORD attributes) { return (attributes & SE_GROUP_USE_FOR_DENY_ONLY) != 0; });
}

absl::StatusOr<std::string> TokenLogonSid(HANDLE token) {
  absl::StatusOr<std::vector<std::string>> sids = GroupSids(token, [](DWORD attributes) {
    return (attributes & SE_GROUP_LOGON_ID) == static_cast<DWORD>(SE_GROUP_LOGON_ID);
  });
  if (!sids.ok()) return sids.status();
  return sids->empty() ? std::string() : std::move(sids->front());
}

absl::StatusOr<TOKEN_STATISTICS> TokenStatisticsOf(HANDLE token) {
  return QueryValue<TOKEN_STATISTICS>(token, TokenStatistics, "TokenStatistics");
}

absl::StatusOr<uint32_t> TokenIntegrity(HANDLE token) {
  const absl::StatusOr<std::vector<unsigned char>> buffer =
      Query(token, TokenIntegrityLevel, "TokenIntegrityLevel");
  if (!buffer.ok()) return buffer.status();
  PSID sid = reinterpret_cast<const TOKEN_MANDATORY_LABEL*>(buffer->data())->Label.Sid;
  const UCHAR count = *::GetSidSubAuthorityCount(sid);
  return *::GetSidSubAuthority(sid, count - 1);
}

absl::StatusOr<uint32_t> TokenSession(HANDLE token) {
  absl::StatusOr<DWORD> session = QueryValue<DWORD>(token, TokenSessionId, "TokenSessionId");
  if (!session.ok()) return session.status();
  return *session;
}

absl::StatusOr<bool> TokenIsElevated(HANDLE token) {
  const absl::StatusOr<TOKEN_ELEVATION> elevation =
      QueryValue<TOKEN_ELEVATION>(token, TokenElevation, "TokenElevation");
  if (!elevation.ok()) return elevation.status();
  return elevation->TokenIsElevated != 0;
}

absl::StatusOr<std::vector<std::string>> TokenPrivilegeNames(HANDLE token, bool enabled_only) {
  const absl::StatusOr<std::vector<unsigned char>> buffer =
      Query(token, TokenPrivileges, "TokenPrivileges");
  if (!buffer.ok()) return buffer.status();
  const auto* privileges = reinterpret_cast<const TOKEN_PRIVILEGES*>(buffer->data());
  std::vector<std::string> names;
  for (DWORD i = 0; i < privileges->PrivilegeCount; ++i) {
    LUID_AND_ATTRIBUTES privilege = privileges->Privileges[i];
    if (enabled_only && (privilege.Attributes & SE_PRIVILEGE_ENABLED) == 0) continue;
    wchar_t name[128];
    DWORD length = 128;
    if (!::LookupPrivilegeNameW(nullptr, &privilege.Luid, name, &length)) {
      return LastErrorStatus("LookupPrivilegeNameW");
    }
    names.push_back(FromUtf16(std::wstring_view(name, length)));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string LuidText(const LUID& luid) {
  return absl::StrCat("0x", absl::Hex(static_cast<uint32_t>(luid.HighPart)), ":0x",
                      absl::Hex(luid.LowPart));
}

std::string AccountName(const std::string& sid) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(sid);
  PSID binary = nullptr;
  if (!wide.ok() || !::ConvertStringSidToSidW(wide->c_str(), &binary)) return "";
  const std::unique_ptr<void, FreeLocal> owner(binary);
  wchar_t name[257];
  wchar_t domain[257];
  DWORD name_length = 257;
  DWORD domain_length = 257;
  SID_NAME_USE use;
  if (!::LookupAccountSidW(nullptr, binary, name, &name_length, domain, &domain_length, &use)) {
    return "";
  }
  const std::string account = FromUtf16(std::wstring_view(name, name_length));
  return domain_length == 0
             ? account
             : absl::StrCat(FromUtf16(std::wstring_view(domain, domain_length)), "\\", account);
}

}  // namespace proctor
