// The system's SSPI, and what Wine's lacks of it, for an agent under Wine: takes the place of
// common/win32/security_functions.cc in the program it is linked into. Wine's acceptor completes a
// Kerberos exchange, and then gives neither the name that the client meant nor its token. Here the
// first is said to be the one that the ticket was for, as the agent's only key makes it, and the
// second is a token of the agent's own user, the one user that Wine has.

#include <cstdlib>

#include "common/win32/security_functions.h"
#include "common/win32/unique_handle.h"

namespace proctor {
namespace {

SecurityFunctions* const system_functions = ::InitSecurityInterfaceW();
wchar_t only_service[] = L"proctor/localhost";

SECURITY_STATUS SEC_ENTRY QueryAttribute(PCtxtHandle context, unsigned long attribute,
                                         void* value) {
  if (attribute != SECPKG_ATTR_CLIENT_SPECIFIED_TARGET) {
    return system_functions->QueryContextAttributesW(context, attribute, value);
  }
  static_cast<SecPkgContext_ClientSpecifiedTarget*>(value)->sTargetName = only_service;
  return SEC_E_OK;
}

SECURITY_STATUS SEC_ENTRY FreeBuffer(void* buffer) {
  return buffer == only_service ? SEC_E_OK : system_functions->FreeContextBuffer(buffer);
}

SECURITY_STATUS SEC_ENTRY QueryToken(PCtxtHandle, void** token) {
  UniqueHandle process;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE,
                          process.receive()) ||
      !::DuplicateTokenEx(process.get(), MAXIMUM_ALLOWED, nullptr, SecurityImpersonation,
                          TokenImpersonation, token)) {
    return SEC_E_NO_IMPERSONATION;
  }
  return SEC_E_OK;
}

}  // namespace

SecurityFunctions* SystemSecurityFunctions() {
  static const SecurityFunctionTableW functions = [] {
    if (system_functions == nullptr) std::abort();
    SecurityFunctionTableW patched = *system_functions;
    patched.QueryContextAttributesW = &QueryAttribute;
    patched.FreeContextBuffer = &FreeBuffer;
    patched.QuerySecurityContextToken = &QueryToken;
    return patched;
  }();
  return &functions;
}

}  // namespace proctor
