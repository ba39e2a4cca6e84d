// clang-format off
#include <windows.h>
#include <sddl.h>
#include <userenv.h>
// clang-format on

#include <memory>

#include "agent/token/win32/token_calls.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};
using Sid = std::unique_ptr<void, FreeLocal>;

absl::StatusOr<Sid> ParseSid(const std::string& text) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(text);
  if (!wide.ok()) return wide.status();
  PSID sid = nullptr;
  if (!::ConvertStringSidToSidW(wide->c_str(), &sid)) {
    return LastErrorStatus("ConvertStringSidToSidW", text);
  }
  return Sid(sid);
}

class SystemTokenCalls final : public TokenCalls {
 public:
  absl::Status Impersonate(HANDLE token) override {
    return ::ImpersonateLoggedOnUser(token) ? absl::OkStatus()
                                            : LastErrorStatus("ImpersonateLoggedOnUser");
  }

  absl::Status Revert() override {
    return ::RevertToSelf() ? absl::OkStatus() : LastErrorStatus("RevertToSelf");
  }

  absl::StatusOr<UniqueHandle> DuplicatePrimary(HANDLE token, DWORD access) override {
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), nullptr, FALSE};
    UniqueHandle primary;
    if (!::DuplicateTokenEx(token, access, &attributes, SecurityImpersonation, TokenPrimary,
                            primary.receive())) {
      return LastErrorStatus("DuplicateTokenEx");
    }
    return primary;
  }

  absl::StatusOr<UniqueHandle> Restrict(HANDLE token, bool drop_privileges,
                                        const std::vector<std::string>& deny_only) override {
    std::vector<Sid> sids;
    std::vector<SID_AND_ATTRIBUTES> disabled;
    for (const std::string& text : deny_only) {
      absl::StatusOr<Sid> sid = ParseSid(text);
      if (!sid.ok()) return sid.status();
      disabled.push_back({sid->get(), 0});
      sids.push_back(*std::move(sid));
    }
    UniqueHandle restricted;
    if (!::CreateRestrictedToken(token, drop_privileges ? DISABLE_MAX_PRIVILEGE : 0,
                                 static_cast<DWORD>(disabled.size()), disabled.data(), 0, nullptr,
                                 0, nullptr, restricted.receive())) {
      return LastErrorStatus("CreateRestrictedToken");
    }
    return restricted;
  }

  absl::Status SetIntegrity(HANDLE token, uint32_t relative_id) override {
    SID_IDENTIFIER_AUTHORITY authority = SECURITY_MANDATORY_LABEL_AUTHORITY;
    PSID sid = nullptr;
    if (!::AllocateAndInitializeSid(&authority, 1, relative_id, 0, 0, 0, 0, 0, 0, 0, &sid)) {
      return LastErrorStatus("AllocateAndInitializeSid");
    }
    TOKEN_MANDATORY_LABEL label = {{sid, SE_GROUP_INTEGRITY}};
    const BOOL set = ::SetTokenInformation(token, TokenIntegrityLevel, &label,
                                           sizeof(label) + ::GetLengthSid(sid));
    const absl::Status status =
        set ? absl::OkStatus() : LastErrorStatus("SetTokenInformation", "TokenIntegrityLevel");
    ::FreeSid(sid);
    return status;
  }

  absl::StatusOr<std::vector<std::string>> EnvironmentBlock(HANDLE token) override {
    void* block = nullptr;
    if (!::CreateEnvironmentBlock(&block, token, FALSE)) {
      return LastErrorStatus("CreateEnvironmentBlock");
    }
    std::vector<std::string> variables;
    for (const wchar_t* entry = static_cast<const wchar_t*>(block); *entry != L'\0';
         entry += std::wstring_view(entry).size() + 1) {
      variables.push_back(FromUtf16(entry));
    }
    ::DestroyEnvironmentBlock(block);
    return variables;
  }
};

}  // namespace

TokenCalls* TokenCalls::System() {
  static SystemTokenCalls* const calls = new SystemTokenCalls;
  return calls;
}

}  // namespace proctor
