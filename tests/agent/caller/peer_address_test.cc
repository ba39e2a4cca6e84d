#include "agent/caller/peer_address.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

TEST(PeerAddressTest, IsWhatGrpcCallsAPeerWithoutFamilyAndPort) {
  EXPECT_EQ(PeerAddress("ipv4:192.0.2.1:51000"), "192.0.2.1");
  EXPECT_EQ(PeerAddress("ipv6:%5B::1%5D:51000"), "::1");
  EXPECT_EQ(PeerAddress("ipv6:[2001:db8::1]:51000"), "2001:db8::1");
}

TEST(PeerNetworkTest, AnAddressOfIpv4StandsForItself) {
  EXPECT_EQ(PeerNetwork("ipv4:192.0.2.1:51000"), "192.0.2.1");
  EXPECT_EQ(PeerNetwork("ipv6:%5B::ffff:192.0.2.1%5D:51000"), "192.0.2.1");
}

TEST(PeerNetworkTest, OfIpv6ItIsTheNetwork) {
  EXPECT_EQ(PeerNetwork("ipv6:%5B2001:db8::1%5D:1"), "2001:db8:0:0::/64");
  EXPECT_EQ(PeerNetwork("ipv6:%5B2001:db8::2:0:0:1%5D:2"), "2001:db8:0:0::/64");
  EXPECT_EQ(PeerNetwork("ipv6:%5B2001:db8:1:2:3:4:5:6%5D:2"), "2001:db8:1:2::/64");
  EXPECT_EQ(PeerNetwork("ipv6:%5B::1%5D:1"), "0:0:0:0::/64");
  EXPECT_EQ(PeerNetwork("ipv6:%5Bfe80::1%25eth0%5D:1"), "fe80:0:0:0::/64");
}

}  // namespace
}  // namespace proctor
