#include "agent/token/account_names.h"

#include <windows.h>
// After windows.h.
#include <sddl.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/token_information.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

// An account that the system knows. A SID may be nobody's that it knows, of another domain, say.
struct Known {
  std::string sid;
  SID_NAME_USE use = SidTypeUnknown;
};

bool IsServiceSid(absl::string_view sid) {
  // LocalSystem, LocalService, NetworkService, and services' own: well-known SIDs to
  // LookupAccountSidW, users to a token.
  return sid == "S-1-5-18" || sid == "S-1-5-19" || sid == "S-1-5-20" ||
         absl::StartsWith(sid, "S-1-5-80-");
}

bool IsUser(const Known& account) {
  switch (account.use) {
    case SidTypeUser:
    case SidTypeComputer:
    case SidTypeUnknown:
      return true;
    default:
      return IsServiceSid(account.sid);
  }
}

bool IsGroup(const Known& account) {
  switch (account.use) {
    case SidTypeGroup:
    case SidTypeAlias:
    case SidTypeUnknown:
      return true;
    case SidTypeWellKnownGroup:
      return !IsServiceSid(account.sid);
    default:
      return false;
  }
}

absl::StatusOr<Known> FromSid(PSID binary) {
  absl::StatusOr<std::string> text = SidToString(binary);
  if (!text.ok()) return text.status();
  Known account;
  account.sid = *std::move(text);
  wchar_t name[257];
  wchar_t domain[257];
  DWORD name_length = 257;
  DWORD domain_length = 257;
  if (!::LookupAccountSidW(nullptr, binary, name, &name_length, domain, &domain_length,
                           &account.use)) {
    account.use = SidTypeUnknown;
  }
  return account;
}

absl::StatusOr<Known> FromName(const std::wstring& name) {
  Known account;
  DWORD sid_size = 0;
  DWORD domain_length = 0;
  ::LookupAccountNameW(nullptr, name.c_str(), nullptr, &sid_size, nullptr, &domain_length,
                       &account.use);
  if (sid_size == 0) return LastErrorStatus("LookupAccountNameW", FromUtf16(name));
  std::vector<unsigned char> sid(sid_size);
  std::vector<wchar_t> domain(domain_length + 1);
  if (!::LookupAccountNameW(nullptr, name.c_str(), sid.data(), &sid_size, domain.data(),
                            &domain_length, &account.use)) {
    return LastErrorStatus("LookupAccountNameW", FromUtf16(name));
  }
  absl::StatusOr<std::string> text = SidToString(sid.data());
  if (!text.ok()) return text.status();
  account.sid = *std::move(text);
  return account;
}

absl::StatusOr<Known> Find(absl::string_view name) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(std::string(name));
  if (!wide.ok()) return wide.status();
  // Only the usual form: ConvertStringSidToSidW also knows two-letter names ("BA") that may be
  // somebody's account.
  if (absl::StartsWithIgnoreCase(name, "S-1-")) {
    PSID binary = nullptr;
    if (!::ConvertStringSidToSidW(wide->c_str(), &binary)) {
      return LastErrorStatus("ConvertStringSidToSidW", name);
    }
    const std::unique_ptr<void, FreeLocal> owner(binary);
    return FromSid(binary);
  }
  return FromName(*wide);
}

class WindowsAccountNames final : public AccountNames {
 public:
  absl::StatusOr<std::string> UserKey(absl::string_view name) const override {
    absl::StatusOr<Known> account = Find(name);
    if (!account.ok()) return Unknown("user", name, account.status());
    if (!IsUser(*account)) return absl::NotFoundError(absl::StrCat("'", name, "' is not a user"));
    return std::move(account->sid);
  }

  absl::StatusOr<std::string> GroupKey(absl::string_view name) const override {
    absl::StatusOr<Known> account = Find(name);
    if (!account.ok()) return Unknown("group", name, account.status());
    if (!IsGroup(*account)) return absl::NotFoundError(absl::StrCat("'", name, "' is not a group"));
    return std::move(account->sid);
  }

  bool AccountsHaveSids() const override { return true; }

 private:
  static absl::Status Unknown(absl::string_view kind, absl::string_view name,
                              const absl::Status& error) {
    return absl::NotFoundError(absl::StrCat("no ", kind, " '", name, "': ", error.message()));
  }
};

}  // namespace

const AccountNames* AccountNames::System() {
  static const WindowsAccountNames* const kNames = new WindowsAccountNames();
  return kNames;
}

}  // namespace proctor
