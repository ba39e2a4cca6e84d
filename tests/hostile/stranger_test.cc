// What somebody without an account may do to an agent that listens on TLS.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"
#include "tests/e2e/eventually.h"
#include "tests/hostile/flood.h"
#include "tests/hostile/hostile_test.h"
#include "tests/hostile/http2_frames.h"

namespace proctor {
namespace {

using http2::Frame;
using http2::FrameType;
using http2::Preface;
using http2::Request;
using std::chrono::steady_clock;

constexpr int kConnections = 10;

// A TCP connection to "127.0.0.1:PORT" from another address of the loopback network. Not valid when
// it is refused.
UniqueFd ConnectFrom(const std::string& source, const std::string& target) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, source.c_str(), &address.sin_addr);
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Require(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0, "bind");
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  int port = 0;
  Require(absl::SimpleAtoi(target.substr(target.rfind(':') + 1), &port), "no port");
  address.sin_port = ::htons(static_cast<uint16_t>(port));
  const bool connected =
      ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  return connected ? std::move(fd) : UniqueFd();
}

bool IsOpen(const UniqueFd& connection) {
  char byte = 0;
  return ::recv(connection.get(), &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

class StrangerTest : public HostileTest {
 protected:
  void SetUp() override {
    HostileTest::SetUp();
    if (!IsSkipped()) StartTarget();
  }

  void WithstandCallsOf(const std::string& method) {
    FloodPattern pattern;
    pattern.opening = Preface();
    pattern.next = [method](uint32_t round) { return Request(2 * round + 1, method); };
    const std::string target = tls_target();
    Withstand([&](steady_clock::time_point until) {
      return RunFlood(target, kConnections, pattern, until);
    });
    EXPECT_LT(CountLinesOfFlood(), 100u);
  }
};

TEST_F(StrangerTest, Authentications) {
  WithstandCallsOf("/proctor.v1.Authentication/Authenticate");
}

TEST_F(StrangerTest, CallsOfNobody) { WithstandCallsOf("/proctor.v1.Agent/WatchJobs"); }

TEST_F(StrangerTest, HealthChecks) { WithstandCallsOf("/grpc.health.v1.Health/Watch"); }

// Connections that say nothing, or only what TLS needs, are few and end.
TEST_F(StrangerTest, SilentConnections) {
  const std::string target = tls_target();
  std::vector<UniqueFd> open;
  for (int i = 0; i < 3000; ++i) {
    UniqueFd fd = ConnectFrom("127.0.0.1", target);
    if (fd.valid()) open.push_back(std::move(fd));
  }
  const auto left = [&open] { return std::count_if(open.begin(), open.end(), IsOpen); };
  EXPECT_TRUE(Eventually([&] { return left() <= 64; })) << left();
  EXPECT_TRUE(Eventually([&] { return left() == 0; }, std::chrono::seconds(40))) << left();
}

// Four machines take all places of strangers; another one still gets in.
TEST_F(StrangerTest, SilentConnectionsOfFourMachines) {
  constexpr int kPlacesOfMachine = 64;
  const std::string target = tls_target();
  std::vector<UniqueFd> open;
  for (int machine = 2; machine <= 5; ++machine) {
    for (int i = 0; i < kPlacesOfMachine; ++i) {
      open.push_back(ConnectFrom(absl::StrCat("127.0.0.", machine), target));
      ASSERT_TRUE(open.back().valid());
    }
  }
  ASSERT_TRUE(std::all_of(open.begin(), open.end(), IsOpen));
  const UniqueFd newcomer = ConnectFrom("127.0.0.6", target);
  ASSERT_TRUE(newcomer.valid());
  EXPECT_TRUE(Eventually([&] { return !IsOpen(open.front()); }, std::chrono::seconds(10)));
  EXPECT_TRUE(IsOpen(newcomer));
  EXPECT_EQ(std::count_if(open.begin(), open.end(), IsOpen), 4 * kPlacesOfMachine - 1);
}

}  // namespace
}  // namespace proctor
