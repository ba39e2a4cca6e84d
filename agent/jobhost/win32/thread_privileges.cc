#include "agent/jobhost/win32/thread_privileges.h"

#include <cstdlib>

#include "common/win32/unique_handle.h"
#include "spdlog/spdlog.h"

namespace proctor::jobhost {

ThreadPrivileges::ThreadPrivileges(absl::Span<const wchar_t* const> names) {
  if (!::ImpersonateSelf(SecurityImpersonation)) return;
  impersonating_ = true;
  UniqueHandle token;
  if (!::OpenThreadToken(::GetCurrentThread(), TOKEN_ADJUST_PRIVILEGES, TRUE, token.receive())) {
    return;
  }
  for (const wchar_t* const name : names) {
    TOKEN_PRIVILEGES privileges = {};
    privileges.PrivilegeCount = 1;
    privileges.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    if (!::LookupPrivilegeValueW(nullptr, name, &privileges.Privileges[0].Luid)) continue;
    ::AdjustTokenPrivileges(token.get(), FALSE, &privileges, 0, nullptr, nullptr);
  }
}

ThreadPrivileges::~ThreadPrivileges() {
  if (!impersonating_) return;
  const DWORD error = ::GetLastError();
  if (!::RevertToSelf()) {
    spdlog::critical("RevertToSelf failed: error {}", ::GetLastError());
    std::abort();
  }
  ::SetLastError(error);
}

}  // namespace proctor::jobhost
