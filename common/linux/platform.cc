#include "common/platform.h"

#include <sys/utsname.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace proctor {

std::string PlatformName() {
  utsname name;
  if (::uname(&name) != 0) return "linux";
  return absl::StrCat(absl::AsciiStrToLower(name.sysname), " ", name.release, " ", name.machine);
}

std::string HostName() {
  utsname name;
  return ::uname(&name) == 0 ? name.nodename : "";
}

}  // namespace proctor
