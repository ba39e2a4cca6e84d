#include "common/win32/pipe_name.h"

#include "absl/strings/str_cat.h"
#include "common/win32/token_identity.h"

namespace proctor {

std::string OpenPipeName(absl::string_view name) { return absl::StrCat("\\\\.\\pipe\\", name); }

std::string ProtectedPipeName(absl::string_view name) {
  return absl::StrCat("\\\\.\\pipe\\ProtectedPrefix\\Administrators\\", name);
}

std::string ServedPipeName(absl::string_view name) {
  return RunsAsAdministrator() ? ProtectedPipeName(name) : OpenPipeName(name);
}

}  // namespace proctor
