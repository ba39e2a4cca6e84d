#include "client/client_options.h"

#include <cstdlib>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace proctor {
namespace {

constexpr absl::string_view kUsualTarget = "unix:/run/proctor/agent.sock";

}  // namespace

std::string DefaultTarget() {
  const char* target = std::getenv("PROCTOR_AGENT");
  return std::string(target != nullptr && *target != '\0' ? absl::string_view(target)
                                                          : kUsualTarget);
}

absl::StatusOr<std::string> NormalizeTarget(absl::string_view target) {
  if (target.find('\0') == absl::string_view::npos) {
    if (absl::StartsWith(target, "/")) return absl::StrCat("unix:", target);
    absl::string_view rest = target;
    if (absl::ConsumePrefix(&rest, "unix://")) {
      // The authority is empty, so a slash follows: "unix:///run/x.sock".
      if (absl::StartsWith(rest, "/")) return absl::StrCat("unix:", rest);
    } else if (absl::ConsumePrefix(&rest, "unix:") ||
               absl::ConsumePrefix(&rest, "unix-abstract:")) {
      if (!rest.empty()) return std::string(target);
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "agent target \"", absl::string_view(std::string(target).c_str()),
      "\" is not a Unix socket: give unix:PATH, unix-abstract:NAME or an absolute path"));
}

}  // namespace proctor
