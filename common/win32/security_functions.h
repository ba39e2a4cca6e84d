#ifndef PROCTOR_COMMON_WIN32_SECURITY_FUNCTIONS_H_
#define PROCTOR_COMMON_WIN32_SECURITY_FUNCTIONS_H_

#ifndef SECURITY_WIN32
#define SECURITY_WIN32
#endif
// clang-format off
#include <windows.h>
#include <security.h>
// clang-format on

namespace proctor {

// SSPI is called through its table of functions, since what it gives a server is not to be had in a
// test: Wine gives no token at all. A table must outlive what was made with it.
using SecurityFunctions = const SecurityFunctionTableW;

// InitSecurityInterfaceW: the system's; never null.
SecurityFunctions* SystemSecurityFunctions();

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SECURITY_FUNCTIONS_H_
