#include "tests/client/silent_kdc.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace proctor {
namespace {

constexpr int kBacklog = 64;
constexpr int kTenSeconds = 10'000;

}  // namespace

SilentKdc::SilentKdc()
    : tcp_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      udp_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(tcp_.get(), any, size), 0);
  EXPECT_EQ(::getsockname(tcp_.get(), any, &size), 0);
  EXPECT_EQ(::listen(tcp_.get(), kBacklog), 0);
  EXPECT_EQ(::bind(udp_.get(), any, size), 0);
  port_ = ntohs(address.sin_port);
}

bool SilentKdc::AwaitRequest() const {
  pollfd asked = {udp_.get(), POLLIN, 0};
  return ::poll(&asked, 1, kTenSeconds) == 1;
}

}  // namespace proctor
