#include "client/resolve_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/host_addresses.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ResolveEndpointTest : public testing::Test {
 protected:
  absl::StatusOr<std::string> Resolve(const std::string& endpoint) {
    return ResolveEndpoint(endpoint, {stop_.get_token(), [this](const Awaited& awaited) {
                                        awaited_.push_back(awaited.what);
                                      }});
  }

  std::stop_source stop_;
  std::vector<std::string> awaited_;
};

TEST_F(ResolveEndpointTest, AddressesAreTakenAsTheyAre) {
  EXPECT_EQ(Resolve("192.0.2.1:7707").value(), "ipv6:%5B::ffff:192.0.2.1%5D:7707");
  EXPECT_EQ(Resolve("[2001:db8::1]:80").value(), "ipv6:%5B2001:db8::1%5D:80");
}

TEST_F(ResolveEndpointTest, ANameIsLookedUpAndWaitedFor) {
  EXPECT_EQ(Resolve("localhost:7707").value(),
            TargetOfAddresses(HostAddresses("localhost").value(), "7707"));
  EXPECT_THAT(awaited_, ElementsAre("the address of localhost"));
}

TEST_F(ResolveEndpointTest, ANameMayHaveSeveral) {
  EXPECT_EQ(TargetOfAddresses({"2001:db8::1", "fe80::1%eth0", "::ffff:192.0.2.1"}, "7707"),
            "ipv6:%5B2001:db8::1%5D:7707,%5Bfe80::1%25eth0%5D:7707,%5B::ffff:192.0.2.1%5D:7707");
}

TEST_F(ResolveEndpointTest, WhoWaitsNoMoreIsLetGo) {
  stop_.request_stop();
  EXPECT_TRUE(absl::IsCancelled(Resolve("localhost:7707").status()));
}

TEST_F(ResolveEndpointTest, TheReasonIsTold) {
  const absl::Status failed = Resolve("not..a.name:7707").status();
  EXPECT_TRUE(absl::IsUnavailable(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()),
              HasSubstr("cannot connect to not..a.name:7707: cannot resolve not..a.name: "));
}

}  // namespace
}  // namespace proctor
