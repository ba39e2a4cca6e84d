#include "agent/header_bounds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure_detail.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

config::AgentConfig WithTls() {
  config::AgentConfig config;
  config.set_tls_listen("127.0.0.1:0");
  return config;
}

TEST(HeaderBoundsTest, WithBoundsStrangersAreListenedTo) {
  EXPECT_TRUE(MayListenToStrangers(WithTls(), true).ok());
}

TEST(HeaderBoundsTest, WithoutBoundsTheErrorNamesTheFieldAndTheWayOut) {
  const absl::Status refused = MayListenToStrangers(WithTls(), false);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(GetFailureDetail(refused)->field(), "tls_listen");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("headers of any size"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("allow_unbounded_headers"));
}

TEST(HeaderBoundsTest, WithoutBoundsWhoeverSaysSoMayListen) {
  config::AgentConfig config = WithTls();
  config.set_allow_unbounded_headers(true);
  EXPECT_TRUE(MayListenToStrangers(config, false).ok());
}

TEST(HeaderBoundsTest, WithoutAListenerThereAreNoStrangers) {
  EXPECT_TRUE(MayListenToStrangers(config::AgentConfig(), false).ok());
}

}  // namespace
}  // namespace proctor
