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
    const std::string log = agent().Log();
    EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 10'000);
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
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  int port = 0;
  ASSERT_TRUE(absl::SimpleAtoi(target.substr(target.rfind(':') + 1), &port));
  address.sin_port = ::htons(static_cast<uint16_t>(port));
  std::vector<UniqueFd> open;
  for (int i = 0; i < 3000; ++i) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
      open.push_back(std::move(fd));
    }
  }
  const auto left = [&open] {
    return std::count_if(open.begin(), open.end(), [](const UniqueFd& fd) {
      char byte = 0;
      return ::recv(fd.get(), &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
    });
  };
  EXPECT_TRUE(Eventually([&] { return left() <= 64; })) << left();
  EXPECT_TRUE(Eventually([&] { return left() == 0; }, std::chrono::seconds(40))) << left();
}

}  // namespace
}  // namespace proctor
