#include "common/canonical_host_name.h"

#include <netdb.h>
#include <sys/socket.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/platform.h"

namespace proctor {

std::string CanonicalHostName(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return host;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  return found->ai_canonname == nullptr ? host : found->ai_canonname;
}

std::string FullHostName() {
  const std::string name = absl::AsciiStrToLower(HostName());
  if (absl::StrContains(name, '.')) return name;
  const std::string full = absl::AsciiStrToLower(CanonicalHostName(name));
  return absl::StartsWith(full, absl::StrCat(name, ".")) ? full : name;
}

}  // namespace proctor
