#include "agent/caller/tls_connections.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// What the table did with a connection, and what has come over it.
struct Line {
  bool shut = false;
  uint64_t received = 0;
};

class FakeConnection final : public AcceptedConnection {
 public:
  explicit FakeConnection(std::shared_ptr<Line> line) : line_(std::move(line)) {}
  void Shut() override { line_->shut = true; }
  uint64_t BytesReceived() const override { return line_->received; }

 private:
  const std::shared_ptr<Line> line_;
};

constexpr char kAlice[] = "alice";

TlsConnections::Options Small() {
  TlsConnections::Options options;
  options.max_connections = 6;
  options.max_per_address = 3;
  options.max_strangers = 8;
  options.new_connections_per_second = 5;
  options.stranger_calls_per_second = 4;
  return options;
}

class TlsConnectionsTest : public testing::Test {
 protected:
  explicit TlsConnectionsTest(const TlsConnections::Options& options = Small())
      : connections_(options, &clock_) {}

  // Of host 192.0.2.`host`.
  static std::string Peer(int host, int port) {
    return absl::StrCat("ipv4:192.0.2.", host, ":", port);
  }

  // The bound that refuses the connection; empty when it is taken.
  std::string Begin(const std::string& peer, std::shared_ptr<Line> line = nullptr) {
    if (line == nullptr) line = std::make_shared<Line>();
    const absl::Status begun = connections_.Begin(peer, std::make_unique<FakeConnection>(line));
    return begun.ok() ? "" : GetFailureDetail(begun).value_or(v1::FailureDetail()).subject();
  }

  FakeClock clock_;
  TlsConnections connections_;
};

TEST_F(TlsConnectionsTest, AnAddressHasItsShareWhateverThePort) {
  for (int port = 1; port <= 2; ++port) {
    EXPECT_EQ(Begin(Peer(1, port)), "");
    connections_.SessionOpened(Peer(1, port), kAlice);
  }
  EXPECT_EQ(Begin(Peer(1, 3)), "");
  EXPECT_EQ(Begin(Peer(1, 4)), "max_tls_connections_per_address");
  EXPECT_EQ(Begin(Peer(2, 1)), "");
  connections_.Ended(Peer(1, 1));
  EXPECT_EQ(Begin(Peer(1, 4)), "");
}

TEST_F(TlsConnectionsTest, ANetworkOfIpv6IsOneAddress) {
  for (int i = 1; i <= 2; ++i) EXPECT_EQ(Begin(absl::StrCat("ipv6:%5B2001:db8::", i, "%5D:1")), "");
  EXPECT_EQ(Begin("ipv6:%5B2001:db8::3%5D:1"), "max_unauthenticated_connections");
  EXPECT_EQ(Begin("ipv6:%5B2001:db8:0:1::1%5D:1"), "");
}

TEST_F(TlsConnectionsTest, AllTogetherAreBounded) {
  for (int host = 1; host <= 6; ++host) EXPECT_EQ(Begin(Peer(host, 1)), "");
  EXPECT_EQ(Begin(Peer(7, 1)), "max_tls_connections");
  connections_.Ended(Peer(3, 1));
  EXPECT_EQ(Begin(Peer(7, 1)), "");
}

TEST_F(TlsConnectionsTest, StrangersOfOneAddressLeaveRoomForThoseOfOthers) {
  EXPECT_EQ(Begin(Peer(1, 1)), "");
  EXPECT_EQ(Begin(Peer(1, 2)), "");
  EXPECT_EQ(Begin(Peer(1, 3)), "max_unauthenticated_connections");
  EXPECT_EQ(Begin(Peer(2, 1)), "");
  connections_.SessionOpened(Peer(1, 1), kAlice);
  EXPECT_EQ(Begin(Peer(1, 3)), "");
}

// Eight places, of which an address may have two.
class StrangersPlacesTest : public TlsConnectionsTest {
 protected:
  StrangersPlacesTest() : TlsConnectionsTest(Roomy()) {}

  static TlsConnections::Options Roomy() {
    TlsConnections::Options options = Small();
    options.max_connections = 20;
    return options;
  }

  std::string BeginAt(int host, int port) {
    clock_.Advance(absl::Milliseconds(1));  // No two are of the same age.
    return Begin(Peer(host, port), lines_[{host, port}] = std::make_shared<Line>());
  }
  // Of the connections that BeginAt took.
  std::set<std::pair<int, int>> ShutOnes() const {
    std::set<std::pair<int, int>> shut;
    for (const auto& [peer, line] : lines_) {
      if (line->shut) shut.insert(peer);
    }
    return shut;
  }

  std::map<std::pair<int, int>, std::shared_ptr<Line>> lines_;
};

TEST_F(StrangersPlacesTest, TheOldestOfTheAddressWithTheMostMakesRoomForANewcomer) {
  for (int host = 1; host <= 3; ++host) {
    for (int port = 1; port <= 2; ++port) ASSERT_EQ(BeginAt(host, port), "");
  }
  ASSERT_EQ(BeginAt(8, 1), "");
  ASSERT_EQ(BeginAt(9, 1), "");
  EXPECT_EQ(BeginAt(4, 1), "");
  EXPECT_THAT(ShutOnes(), ElementsAre(Pair(1, 1)));
  EXPECT_EQ(BeginAt(5, 1), "");
  EXPECT_THAT(ShutOnes(), ElementsAre(Pair(1, 1), Pair(2, 1)));
  EXPECT_EQ(connections_.ShutOverdue(), 8u);
}

TEST_F(StrangersPlacesTest, WhoHasAsManyAsAnyOtherMakesNobodyGo) {
  for (int host = 1; host <= 8; ++host) ASSERT_EQ(BeginAt(host, 1), "");
  EXPECT_EQ(BeginAt(1, 2), "max_unauthenticated_connections");
  EXPECT_THAT(ShutOnes(), IsEmpty());
  EXPECT_EQ(BeginAt(9, 1), "");
  EXPECT_THAT(ShutOnes(), ElementsAre(Pair(1, 1)));
}

TEST_F(StrangersPlacesTest, WhoMadeRoomHasNoPlaceAnyMoreWhateverComesOfIt) {
  for (int host = 1; host <= 8; ++host) ASSERT_EQ(BeginAt(host, 1), "");
  ASSERT_EQ(BeginAt(9, 1), "");
  ASSERT_THAT(ShutOnes(), ElementsAre(Pair(1, 1)));
  // It was about to authenticate.
  connections_.SessionOpened(Peer(1, 1), kAlice);
  EXPECT_EQ(connections_.ShutOverdue(), 8u);
  connections_.SessionEnded(Peer(1, 1), kAlice);
  EXPECT_EQ(connections_.ShutOverdue(), 8u);
  EXPECT_EQ(connections_.size(), 9u);
  connections_.Ended(Peer(1, 1));
  EXPECT_EQ(connections_.ShutOverdue(), 8u);
  for (int host = 2; host <= 9; ++host) connections_.Ended(Peer(host, 1));
  EXPECT_EQ(connections_.ShutOverdue(), 0u);
  // Its address has both of its places again.
  EXPECT_EQ(BeginAt(1, 2), "");
  EXPECT_EQ(BeginAt(1, 3), "");
}

TEST_F(TlsConnectionsTest, CallsKeepTheirConnectionForTheirTimeBeyondTheSession) {
  const auto line = std::make_shared<Line>();
  EXPECT_EQ(Begin(Peer(1, 1), line), "");
  connections_.SessionOpened(Peer(1, 1), kAlice);
  const std::shared_ptr<const void> call = connections_.CallBegun(Peer(1, 1), kAlice);
  ASSERT_NE(call, nullptr);
  connections_.SessionEnded(Peer(1, 1), kAlice);
  line->received = 1 << 20;
  clock_.Advance(absl::Hours(12) - absl::Seconds(1));
  EXPECT_EQ(connections_.ShutOverdue(), 0u) << "it is no stranger";
  EXPECT_FALSE(line->shut);
  clock_.Advance(absl::Seconds(1));
  connections_.ShutOverdue();
  EXPECT_TRUE(line->shut);
}

TEST_F(TlsConnectionsTest, WithItsLastCallAConnectionWithoutASessionIsAStrangers) {
  const auto line = std::make_shared<Line>();
  EXPECT_EQ(Begin(Peer(1, 1), line), "");
  connections_.SessionOpened(Peer(1, 1), kAlice);
  std::shared_ptr<const void> call = connections_.CallBegun(Peer(1, 1), kAlice);
  connections_.SessionEnded(Peer(1, 1), kAlice);
  clock_.Advance(absl::Hours(1));
  connections_.ShutOverdue();
  call = nullptr;
  EXPECT_EQ(connections_.ShutOverdue(), 1u);
  clock_.Advance(absl::Seconds(29));
  connections_.ShutOverdue();
  EXPECT_FALSE(line->shut);
  clock_.Advance(absl::Seconds(1));
  connections_.ShutOverdue();
  EXPECT_TRUE(line->shut);
}

TEST_F(TlsConnectionsTest, AnotherSessionOfTheSameAccountLetsCallsGoOnAndNoOtherAccounts) {
  const auto same = std::make_shared<Line>();
  const auto other = std::make_shared<Line>();
  std::vector<std::shared_ptr<const void>> calls;
  for (const auto& [port, line] : {std::pair(1, same), std::pair(2, other)}) {
    EXPECT_EQ(Begin(Peer(1, port), line), "");
    connections_.SessionOpened(Peer(1, port), kAlice);
    calls.push_back(connections_.CallBegun(Peer(1, port), kAlice));
    connections_.SessionEnded(Peer(1, port), kAlice);
  }
  connections_.SessionOpened(Peer(1, 1), kAlice);
  connections_.SessionOpened(Peer(1, 2), "bob");
  clock_.Advance(absl::Hours(13));
  connections_.ShutOverdue();
  EXPECT_FALSE(same->shut);
  EXPECT_TRUE(other->shut);
}

TEST_F(TlsConnectionsTest, AConnectionThatEndsIsForgottenWithItsCalls) {
  EXPECT_EQ(Begin(Peer(1, 1)), "");
  connections_.SessionOpened(Peer(1, 1), kAlice);
  const std::shared_ptr<const void> call = connections_.CallBegun(Peer(1, 1), kAlice);
  connections_.SessionEnded(Peer(1, 1), kAlice);
  connections_.Ended(Peer(1, 1));
  EXPECT_EQ(connections_.ShutOverdue(), 0u);
  EXPECT_EQ(connections_.CallBegun(Peer(1, 1), kAlice), nullptr);
}

TEST_F(TlsConnectionsTest, NewConnectionsHaveARateWithABurst) {
  const auto come = [this](int port) {
    std::string refused = Begin(Peer(1, port));
    if (refused.empty()) connections_.Ended(Peer(1, port));
    return refused;
  };
  for (int port = 1; port <= 50; ++port) ASSERT_EQ(come(port), "");
  EXPECT_EQ(come(51), "max_new_connections_per_second_per_address");
  EXPECT_EQ(Begin(Peer(2, 1)), "");
  clock_.Advance(absl::Milliseconds(200));
  EXPECT_EQ(come(52), "");
}

TEST_F(TlsConnectionsTest, AStrangerHasItsTimeAndASessionIsInNoHurry) {
  const auto stranger = std::make_shared<Line>();
  const auto known = std::make_shared<Line>();
  EXPECT_EQ(Begin(Peer(1, 1), stranger), "");
  EXPECT_EQ(Begin(Peer(1, 2), known), "");
  connections_.SessionOpened(Peer(1, 2), kAlice);
  clock_.Advance(absl::Seconds(29));
  EXPECT_EQ(connections_.ShutOverdue(), 1u);
  EXPECT_FALSE(stranger->shut);
  clock_.Advance(absl::Seconds(1));
  connections_.ShutOverdue();
  EXPECT_TRUE(stranger->shut);
  EXPECT_FALSE(known->shut);
  // With its last session it becomes one, from then on.
  connections_.SessionEnded(Peer(1, 2), kAlice);
  clock_.Advance(absl::Seconds(29));
  connections_.ShutOverdue();
  EXPECT_FALSE(known->shut);
  clock_.Advance(absl::Seconds(1));
  connections_.ShutOverdue();
  EXPECT_TRUE(known->shut);
}

TEST_F(TlsConnectionsTest, AStrangerThatSendsMoreThanAHandshakeIsShut) {
  const auto stranger = std::make_shared<Line>();
  const auto known = std::make_shared<Line>();
  EXPECT_EQ(Begin(Peer(1, 1), stranger), "");
  EXPECT_EQ(Begin(Peer(1, 2), known), "");
  connections_.SessionOpened(Peer(1, 2), kAlice);
  stranger->received = known->received = 256 << 10;
  connections_.ShutOverdue();
  EXPECT_FALSE(stranger->shut);
  stranger->received = known->received = (256 << 10) + 1;
  connections_.ShutOverdue();
  EXPECT_TRUE(stranger->shut);
  EXPECT_FALSE(known->shut);
  // What came while there was a session does not count.
  connections_.SessionEnded(Peer(1, 2), kAlice);
  connections_.ShutOverdue();
  EXPECT_FALSE(known->shut);
}

TEST_F(TlsConnectionsTest, TooManyCallsOfStrangersEndTheConnectionAndKeepTheAddressOut) {
  const auto line = std::make_shared<Line>();
  EXPECT_EQ(Begin(Peer(1, 1), line), "");
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(connections_.StrangerCalls(Peer(1, 1)).ok()) << i;
  EXPECT_FALSE(line->shut);
  EXPECT_TRUE(absl::IsResourceExhausted(connections_.StrangerCalls(Peer(1, 1))));
  EXPECT_TRUE(line->shut);
  EXPECT_EQ(Begin(Peer(1, 2)), "max_unauthenticated_calls_per_second_per_address");
  EXPECT_TRUE(connections_.StrangerCalls(Peer(2, 1)).ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Begin(Peer(1, 2)), "");
}

TEST_F(TlsConnectionsTest, AConnectionThatIsNotHereIsNoMatter) {
  connections_.SessionOpened(Peer(1, 1), kAlice);
  connections_.SessionEnded(Peer(1, 1), kAlice);
  connections_.Ended(Peer(1, 1));
  EXPECT_EQ(connections_.size(), 0u);
  EXPECT_EQ(connections_.ShutOverdue(), 0u);
}

}  // namespace
}  // namespace proctor
