#include "common/host_addresses.h"

// clang-format off
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
// clang-format on

#include "absl/strings/str_cat.h"
#include "common/os_error_code.h"

namespace proctor {
namespace {

std::vector<std::string> TextOf(const addrinfo* found) {
  std::vector<std::string> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    char text[NI_MAXHOST];
    if (::getnameinfo(each->ai_addr, static_cast<socklen_t>(each->ai_addrlen), text, sizeof(text),
                      nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.push_back(absl::StrCat(each->ai_family == AF_INET ? "::ffff:" : "", text));
    }
  }
  return addresses;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> HostAddresses(const std::string& host) {
  WSADATA winsock;
  int code = ::WSAStartup(MAKEWORD(2, 2), &winsock);
  std::vector<std::string> addresses;
  if (code == 0) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code == 0) {
      addresses = TextOf(found);
      ::freeaddrinfo(found);
    }
    ::WSACleanup();
  }
  if (!addresses.empty()) return addresses;
  return absl::UnavailableError(
      absl::StrCat("cannot resolve ", host, ": ", code == 0 ? "no address" : OsErrorText(code)));
}

}  // namespace proctor
