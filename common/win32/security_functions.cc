#include "common/win32/security_functions.h"

#include <cstdlib>

namespace proctor {

SecurityFunctions* SystemSecurityFunctions() {
  static SecurityFunctions* const functions = ::InitSecurityInterfaceW();
  if (functions == nullptr) std::abort();  // No part of Windows that could be absent.
  return functions;
}

}  // namespace proctor
