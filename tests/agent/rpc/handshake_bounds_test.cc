#include "agent/rpc/handshake_bounds.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

HandshakeBounds::Options Bounds(size_t max_streams, size_t max_streams_per_host) {
  HandshakeBounds::Options options;
  options.max_streams = max_streams;
  options.max_streams_per_host = max_streams_per_host;
  return options;
}

TEST(HandshakeBoundsTest, AMachineHasItsShareWhateverThePort) {
  HandshakeBounds bounds(Bounds(10, 2));
  EXPECT_TRUE(bounds.Enter("ipv4:192.0.2.1:1").ok());
  EXPECT_TRUE(bounds.Enter("ipv4:192.0.2.1:2").ok());
  EXPECT_TRUE(absl::IsResourceExhausted(bounds.Enter("ipv4:192.0.2.1:3")));
  EXPECT_TRUE(bounds.Enter("ipv4:192.0.2.2:1").ok());
  bounds.Leave("ipv4:192.0.2.1:1");
  EXPECT_TRUE(bounds.Enter("ipv4:192.0.2.1:3").ok());
}

TEST(HandshakeBoundsTest, AMachineHasItsShareWhicheverOfItsAddressesItUses) {
  HandshakeBounds bounds(Bounds(10, 1));
  EXPECT_TRUE(bounds.Enter("ipv6:%5B2001:db8::1%5D:1").ok());
  EXPECT_TRUE(absl::IsResourceExhausted(bounds.Enter("ipv6:%5B2001:db8::2%5D:1")));
  EXPECT_TRUE(bounds.Enter("ipv6:%5B2001:db8:0:1::1%5D:1").ok());
}

TEST(HandshakeBoundsTest, AllTogetherAreBounded) {
  HandshakeBounds bounds(Bounds(2, 2));
  EXPECT_TRUE(bounds.Enter("ipv4:192.0.2.1:1").ok());
  EXPECT_TRUE(bounds.Enter("ipv4:192.0.2.2:1").ok());
  EXPECT_TRUE(absl::IsResourceExhausted(bounds.Enter("ipv4:192.0.2.3:1")));
  bounds.Leave("ipv4:192.0.2.2:1");
  EXPECT_TRUE(bounds.Enter("ipv4:192.0.2.3:1").ok());
}

}  // namespace
}  // namespace proctor
