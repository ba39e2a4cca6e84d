#include "common/win32/thread_privileges.h"

#include <cstdlib>

#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

bool Enable(HANDLE token, const wchar_t* name) {
  TOKEN_PRIVILEGES privileges = {};
  privileges.PrivilegeCount = 1;
  privileges.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
  if (!::LookupPrivilegeValueW(nullptr, name, &privileges.Privileges[0].Luid)) return false;
  // TRUE with ERROR_NOT_ALL_ASSIGNED (1300) says that the token does not hold it.
  return ::AdjustTokenPrivileges(token, FALSE, &privileges, 0, nullptr, nullptr) &&
         ::GetLastError() == ERROR_SUCCESS;
}

}  // namespace

ThreadPrivileges::ThreadPrivileges(absl::Span<const wchar_t* const> names) {
  impersonating_ = ::ImpersonateSelf(SecurityImpersonation) != FALSE;
  UniqueHandle token;
  if (impersonating_) {
    ::OpenThreadToken(::GetCurrentThread(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, TRUE,
                      token.receive());
  }
  for (const wchar_t* const name : names) {
    if (!token.valid() || !Enable(token.get(), name)) missing_.push_back(FromUtf16(name));
  }
}

ThreadPrivileges::~ThreadPrivileges() {
  if (!impersonating_) return;
  const DWORD error = ::GetLastError();
  if (!::RevertToSelf()) std::abort();
  ::SetLastError(error);
}

}  // namespace proctor
