#include "client/client_options.h"

#include <cstdlib>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/local_agent.h"

namespace proctor {
namespace {

bool IsHost(absl::string_view host) {
  if (absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]")) {
    return !host.empty() &&
           host.find_first_not_of("0123456789abcdefABCDEF:.%") == absl::string_view::npos;
  }
  return !host.empty() && absl::c_all_of(host, [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
  });
}

bool IsHostAndPort(absl::string_view target) {
  const size_t colon = target.rfind(':');
  if (colon == absl::string_view::npos) return false;
  const absl::string_view port = target.substr(colon + 1);
  uint32_t number = 0;
  return IsHost(target.substr(0, colon)) && absl::c_all_of(port, absl::ascii_isdigit) &&
         absl::SimpleAtoi(port, &number) && number >= 1 && number <= 65535;
}

// "host:7707" of "host" or "host:PORT"; empty when it is neither.
std::string Endpoint(absl::string_view target) {
  if (IsHostAndPort(target)) return std::string(target);
  return IsHost(target) ? absl::StrCat(target, ":", kUsualPort) : "";
}

}  // namespace

std::string DefaultTarget() {
  const char* target = std::getenv("PROCTOR_AGENT");
  return std::string(target != nullptr && *target != '\0' ? absl::string_view(target)
                                                          : UsualTarget());
}

absl::StatusOr<std::string> NormalizeTarget(absl::string_view target) {
  if (target.find('\0') == absl::string_view::npos) {
    if (absl::StartsWith(target, "/")) return absl::StrCat("unix:", target);
    absl::string_view rest = target;
    if (absl::ConsumePrefix(&rest, "pipe:")) {
      // No path: the name is one of this machine.
      if (!rest.empty() && !absl::StrContains(rest, '\\')) return std::string(target);
      rest = target;
    }
    if (absl::ConsumePrefix(&rest, "unix://")) {
      // The authority is empty, so a slash follows: "unix:///run/x.sock".
      if (absl::StartsWith(rest, "/")) return absl::StrCat("unix:", rest);
    } else if (absl::ConsumePrefix(&rest, "unix:") ||
               absl::ConsumePrefix(&rest, "unix-abstract:")) {
      if (!rest.empty()) return std::string(target);
    } else {
      absl::ConsumePrefix(&rest, "tls:");
      const std::string endpoint = Endpoint(rest);
      if (!endpoint.empty()) return absl::StrCat("tls:", endpoint);
    }
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "agent target \"", absl::string_view(std::string(target).c_str()),
      "\" is neither a Unix socket (unix:PATH, unix-abstract:NAME or an absolute path) nor a "
      "named pipe (pipe:NAME) nor HOST or HOST:PORT"));
}

}  // namespace proctor
