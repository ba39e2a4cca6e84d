#include "common/canonical_host_name.h"

// clang-format off
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
// clang-format on

#include <memory>

#include "absl/strings/ascii.h"
#include "common/platform.h"
#include "common/win32/utf16.h"

namespace proctor {

std::string CanonicalHostName(const std::string& host) {
  WSADATA winsock;
  if (::WSAStartup(MAKEWORD(2, 2), &winsock) != 0) return host;
  addrinfo hints{};
  hints.ai_flags = AI_CANONNAME;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::string name = host;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) == 0) {
    if (found->ai_canonname != nullptr) name = found->ai_canonname;
    ::freeaddrinfo(found);
  }
  ::WSACleanup();
  return name;
}

std::string FullHostName() {
  wchar_t name[256];
  DWORD length = 256;
  if (!::GetComputerNameExW(ComputerNameDnsFullyQualified, name, &length)) {
    return absl::AsciiStrToLower(HostName());
  }
  return absl::AsciiStrToLower(FromUtf16(std::wstring_view(name, length)));
}

}  // namespace proctor
