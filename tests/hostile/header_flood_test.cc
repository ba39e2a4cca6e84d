// Header blocks that never end, sent by whoever can connect.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/header_bounds.h"
#include "tests/hostile/flood.h"
#include "tests/hostile/hostile_test.h"
#include "tests/hostile/http2_frames.h"
#include "tests/hostile/raw_connection.h"

namespace proctor {
namespace {

using http2::Frame;
using http2::FrameType;
using http2::Literal;
using http2::Preface;
using http2::Request;
using http2::RequestHeaders;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr char kStrangersMethod[] = "/proctor.v1.Authentication/Authenticate";
constexpr char kUsersMethod[] = "/proctor.v1.Agent/Wait";
constexpr int kConnections = 8;

// A method of which a call stays open while its messages are awaited.
std::string OpenMethod(const std::string& target) {
  return absl::StartsWith(target, "/") ? kUsersMethod : kStrangersMethod;
}

constexpr uint64_t kGigabytes = uint64_t{2} << 30;

// A field whose value is announced, and does not follow.
std::string LiteralOfLength(absl::string_view key, uint64_t value_size) {
  const std::string whole = Literal(key, "");
  return absl::StrCat(whole.substr(0, whole.size() - 1), http2::Integer(value_size, 7));
}

// The parameter: whether it comes over TLS, from a stranger, or over the Unix socket.
class HeaderFloodTest : public HostileTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    HostileTest::SetUp();
    if (IsSkipped()) return;
    if (!HeadersAreBounded()) GTEST_SKIP() << "needs the patched units of gRPC";
    StartTarget();
  }

  std::string target() { return GetParam() ? tls_target() : unix_target(); }

  std::vector<std::string> WithstandPattern(const FloodPattern& pattern) {
    const std::string to = target();
    return Withstand(
        [&](steady_clock::time_point until) { return RunFlood(to, kConnections, pattern, until); });
  }
};

INSTANTIATE_TEST_SUITE_P(, HeaderFloodTest, testing::Bool(),
                         [](const auto& over) { return over.param ? "OverTls" : "OverUnix"; });

TEST_P(HeaderFloodTest, ContinuationsWithoutEnd) {
  FloodPattern pattern;
  pattern.opening = absl::StrCat(Preface(), Frame(FrameType::kHeaders, 0, 1, RequestHeaders("/x")));
  std::string frames;
  for (int i = 0; i < 20; ++i) {
    absl::StrAppend(&frames,
                    Frame(FrameType::kContinuation, 0, 1, Literal("x-y", std::string(16000, 'b'))));
  }
  pattern.next = [frames](uint32_t) { return frames; };
  WithstandPattern(pattern);
}

TEST_P(HeaderFloodTest, EmptyContinuationsWithoutEnd) {
  FloodPattern pattern;
  pattern.opening = absl::StrCat(Preface(), Frame(FrameType::kHeaders, 0, 1, RequestHeaders("/x")));
  std::string frames;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&frames, Frame(FrameType::kContinuation, 0, 1));
  }
  pattern.next = [frames](uint32_t) { return frames; };
  WithstandPattern(pattern);
}

TEST_P(HeaderFloodTest, AStringThatIsAnnouncedAsGigabytes) {
  FloodPattern pattern;
  pattern.opening = absl::StrCat(
      Preface(), Frame(FrameType::kHeaders, 0, 1,
                       absl::StrCat(RequestHeaders("/x"), LiteralOfLength("x-y", kGigabytes))));
  const std::string frame =
      Frame(FrameType::kContinuation, 0, 1, std::string(http2::kMaxFramePayload, 'b'));
  pattern.next = [frame](uint32_t) { return frame; };
  WithstandPattern(pattern);
}

TEST_P(HeaderFloodTest, LargeHeadersOfPeersThatAcknowledgeNoSettings) {
  const std::string method = OpenMethod(target());
  // Each within what gRPC takes before anything is acknowledged, 16 MiB.
  std::string rest;
  for (int i = 0; i < 14; ++i) {
    absl::StrAppend(&rest, Literal(absl::StrCat("x-", i), std::string(1100, 'b')));
  }
  FloodPattern pattern;
  pattern.opening = Preface();
  pattern.next = [method, rest](uint32_t round) {
    const uint32_t stream = 2 * round + 1;
    return absl::StrCat(Frame(FrameType::kHeaders, 0, stream, RequestHeaders(method)),
                        Frame(FrameType::kContinuation, 0, stream, rest),
                        Frame(FrameType::kContinuation, http2::kEndHeaders, stream, rest));
  };
  WithstandPattern(pattern);
}

// What the agent's side of `connection` answers on a stream, if it does within some seconds.
bool IsAnswered(RawConnection* connection, uint32_t stream) {
  const auto deadline = steady_clock::now() + seconds(10);
  while (!connection->closed() && steady_clock::now() < deadline) {
    connection->AwaitClose(std::chrono::milliseconds(20));
    absl::string_view bytes = connection->received();
    http2::FrameHeader frame;
    while (http2::ParseFrame(bytes, &frame)) {
      if (frame.type == FrameType::kHeaders && frame.stream == stream) return true;
      bytes.remove_prefix(frame.size);
    }
  }
  return false;
}

std::string InFrames(int continuations) {
  std::string block = absl::StrCat(Frame(FrameType::kHeaders, http2::kEndStream, 1,
                                         RequestHeaders("/proctor.v1.Agent/Nothing")));
  for (int i = 1; i <= continuations; ++i) {
    absl::StrAppend(&block,
                    Frame(FrameType::kContinuation, i == continuations ? http2::kEndHeaders : 0, 1,
                          Literal(absl::StrCat("x-", i), "value")));
  }
  return block;
}

TEST_P(HeaderFloodTest, ABlockThatAProxyCutIsRead) {
  RawConnection connection = Must(RawConnection::Open(target()));
  ASSERT_TRUE(connection.Send(absl::StrCat(Preface(), InFrames(16))));
  EXPECT_TRUE(IsAnswered(&connection, 1));
}

TEST_P(HeaderFloodTest, ABlockInMoreFramesThanAnyoneNeedsEndsTheConnection) {
  RawConnection connection = Must(RawConnection::Open(target()));
  connection.Send(absl::StrCat(Preface(), InFrames(17)));
  EXPECT_TRUE(connection.AwaitClose(seconds(10)));
}

// The raw connection acknowledges nothing; what nobody has acknowledged was 16 MiB.
TEST_P(HeaderFloodTest, TheBoundOfABlockHoldsBeforeItIsAcknowledged) {
  RawConnection connection = Must(RawConnection::Open(target()));
  connection.Send(absl::StrCat(
      Preface(),
      Frame(FrameType::kHeaders, http2::kEndHeaders, 1,
            absl::StrCat(RequestHeaders("/x"), Literal("x-y", std::string(12000, 'b'))))));
  EXPECT_TRUE(connection.AwaitClose(seconds(10)));
}

TEST_P(HeaderFloodTest, AStringLongerThanAnyFieldEndsTheConnection) {
  RawConnection connection = Must(RawConnection::Open(target()));
  std::string block = absl::StrCat(
      Preface(), Frame(FrameType::kHeaders, 0, 1,
                       absl::StrCat(RequestHeaders("/x"), LiteralOfLength("x-y", kGigabytes))));
  for (int i = 0; i < 4; ++i) {
    absl::StrAppend(
        &block, Frame(FrameType::kContinuation, 0, 1, std::string(http2::kMaxFramePayload, 'b')));
  }
  connection.Send(block);
  EXPECT_TRUE(connection.AwaitClose(seconds(10)));
}

TEST_P(HeaderFloodTest, TheSizeOfABlockIsCountedOverItsFrames) {
  RawConnection connection = Must(RawConnection::Open(target()));
  std::string block = Preface() + Frame(FrameType::kHeaders, 0, 1, RequestHeaders("/x"));
  for (int i = 0; i < 4; ++i) {
    block += Frame(FrameType::kContinuation, 0, 1, Literal("x-y", std::string(6000, 'b')));
  }
  connection.Send(block);
  EXPECT_TRUE(connection.AwaitClose(seconds(10)));
}

// CVE-2023-1428 ended a server with such fields.
TEST_P(HeaderFloodTest, FieldsThatNobodySendsDoNotEndTheAgent) {
  for (const char* field : {"te", ":scheme", "grpclb_client_stats", "grpc-encoding"}) {
    RawConnection connection = Must(RawConnection::Open(target()));
    connection.Send(
        absl::StrCat(Preface(), Frame(FrameType::kHeaders, http2::kEndHeaders, 1,
                                      absl::StrCat(RequestHeaders("/x"), Literal(field, "x"),
                                                   Literal("x-y", std::string(9000, 'b'))))));
    connection.AwaitClose(seconds(2));
  }
  EXPECT_EQ(AsUser([](AgentClient& client) {
              Must(client.WhoAmI());
              return std::string("served");
            }),
            "served");
}

}  // namespace
}  // namespace proctor
