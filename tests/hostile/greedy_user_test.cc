// What one user may hold of an agent, and what of it another one notices.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/unique_fd.h"
#include "proctor/v1/agent.pb.h"
#include "tests/e2e/eventually.h"
#include "tests/hostile/flood.h"
#include "tests/hostile/hostile_test.h"
#include "tests/hostile/http2_frames.h"
#include "tests/hostile/raw_connection.h"

namespace proctor {
namespace {

using http2::BegunMessage;
using http2::Frame;
using http2::FrameType;
using http2::Message;
using http2::Preface;
using http2::Request;
using std::chrono::steady_clock;

constexpr int kConnections = 10;
constexpr uint32_t kEndlessWindow = (uint32_t{1} << 31) - 1;

uint32_t StreamOf(uint32_t round) { return 2 * round + 1; }

class GreedyUserTest : public HostileTest {
 protected:
  void SetUp() override {
    HostileTest::SetUp();
    if (!IsSkipped()) StartTarget();
  }

  // The attacker's own job.
  std::string LaunchAsAttacker(const v1::LaunchSpec& spec) {
    return As(other_user(), [&spec](AgentClient& client) { return Launch(client, spec).job_id(); });
  }

  void WithstandPattern(const FloodPattern& pattern, int connections = kConnections) {
    Withstand([&](steady_clock::time_point until) {
      return RunFlood(unix_target(), connections, pattern, until);
    });
  }
};

TEST_F(GreedyUserTest, CallsThatWait) {
  v1::WaitRequest request;
  request.set_job_id(LaunchAsAttacker(Spec("wait_for_end")));
  FloodPattern pattern;
  pattern.opening = Preface();
  pattern.next = [body = request.SerializeAsString()](uint32_t round) {
    return absl::StrCat(Request(StreamOf(round), "/proctor.v1.Agent/Wait"),
                        Message(StreamOf(round), body, /*end_stream=*/true));
  };
  WithstandPattern(pattern);
}

TEST_F(GreedyUserTest, CallsThatAreCancelledAtOnce) {
  v1::WaitRequest request;
  request.set_job_id(LaunchAsAttacker(Spec("wait_for_end")));
  FloodPattern pattern;
  pattern.opening = Preface();
  pattern.next = [body = request.SerializeAsString()](uint32_t round) {
    return absl::StrCat(Request(StreamOf(round), "/proctor.v1.Agent/Wait"),
                        Message(StreamOf(round), body, /*end_stream=*/true),
                        Frame(FrameType::kResetStream, 0, StreamOf(round), std::string(4, '\0')));
  };
  WithstandPattern(pattern);
}

TEST_F(GreedyUserTest, OutputThatNobodyReads) {
  v1::ReadOutputRequest request;
  request.set_job_id(LaunchAsAttacker(Spec("write_pattern", {"8000000"})));
  request.set_stream(v1::STDOUT);
  As(other_user(), [&](AgentClient& client) {
    WaitFinal(client, request.job_id());
    return std::string();
  });
  FloodPattern pattern;
  pattern.opening = absl::StrCat(Preface({{http2::kInitialWindowSize, kEndlessWindow}}),
                                 http2::WindowUpdate(0, kEndlessWindow - 65535));
  pattern.next = [body = request.SerializeAsString()](uint32_t round) {
    return round >= 500 ? std::string()
                        : absl::StrCat(Request(StreamOf(round), "/proctor.v1.Agent/ReadOutput"),
                                       Message(StreamOf(round), body, /*end_stream=*/true));
  };
  pattern.read = false;
  WithstandPattern(pattern);
}

TEST_F(GreedyUserTest, RequestsThatNeverEnd) {
  constexpr uint32_t kAnnounced = 8'000'000;
  constexpr uint32_t kFrames = kAnnounced / http2::kMaxFramePayload;
  const std::string piece = std::string(http2::kMaxFramePayload, 'x');
  FloodPattern pattern;
  pattern.opening = Preface();
  // 40 streams begin, then each goes on in turn until all but the last piece is there.
  pattern.next = [piece](uint32_t round) {
    constexpr uint32_t kStreams = 40;
    const uint32_t stream = StreamOf(round % kStreams);
    if (round < kStreams) {
      return absl::StrCat(Request(stream, "/proctor.v1.Agent/Launch"),
                          BegunMessage(stream, kAnnounced, "x"));
    }
    if (round / kStreams >= kFrames) return std::string();
    return Frame(FrameType::kData, 0, stream, piece);
  };
  WithstandPattern(pattern);
}

TEST_F(GreedyUserTest, RequestsOfHeadersAlone) {
  constexpr uint32_t kStreams = 200;  // As many as a connection may have.
  FloodPattern pattern;
  pattern.opening = Preface();
  pattern.next = [](uint32_t round) {
    return round < kStreams ? Request(StreamOf(round), "/proctor.v1.Agent/Wait") : std::string();
  };
  WithstandPattern(pattern, /*connections=*/100);
}

// Else somebody could take the room with what can never be taken from him.
TEST_F(GreedyUserTest, CallsWhoseRequestsWereReadLeaveRoomForOthers) {
  constexpr uint32_t kStreams = 200;
  const std::string list_services("\x3a\x00", 2);  // ServerReflectionRequest.
  std::string calls = Preface();
  for (uint32_t i = 0; i < kStreams; ++i) {
    absl::StrAppend(
        &calls,
        Request(StreamOf(i), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"),
        Message(StreamOf(i), list_services));
  }
  std::vector<RawConnection> open;
  for (int i = 0; i < 15; ++i) {
    open.push_back(Must(RawConnection::Open(unix_target())));
    ASSERT_TRUE(open.back().Send(calls));
    EXPECT_TRUE(Eventually([&] {
      open.back().Receive();
      return http2::CountFrames(open.back().received(), FrameType::kData) == kStreams;
    }));
  }
  ClientOptions options;
  options.target = unix_target();
  options.retry.window = absl::ZeroDuration();
  EXPECT_EQ(Must(AgentClient::Connect(options))->WhoAmI().status(), absl::OkStatus());
}

// Connects as fast as it can, and keeps the last `kept` of what it got.
std::string RunConnects(const std::string& path, size_t kept, steady_clock::time_point until) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  std::vector<UniqueFd> open(kept);
  size_t made = 0;
  while (steady_clock::now() < until) {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      // The backlog is full. The flood's pace, and no wait of the test: nothing tells when there is
      // room.
      ::usleep(200);
      continue;
    }
    ::send(fd.get(), Preface().data(), Preface().size(), MSG_NOSIGNAL);
    open[made++ % kept] = std::move(fd);
  }
  return absl::StrCat(made, " connections");
}

TEST_F(GreedyUserTest, ConnectionsOneAfterTheOther) {
  Siege siege;
  siege.fresh_connections = true;
  Withstand([&](steady_clock::time_point until) { return RunConnects(unix_target(), 900, until); },
            siege);
  EXPECT_LT(CountLinesOfFlood(), 100u);
}

}  // namespace
}  // namespace proctor
