#include "agent/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace proctor {
namespace {

using ::testing::HasSubstr;

TEST(ConfigFileTest, AnEmptyFileIsAllDefaults) {
  const auto config = ParseConfig("", "proctord.textproto");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->socket(), "/run/proctor/agent.sock");
  EXPECT_EQ(config->limits().max_request_bytes(), 8u << 20);
}

TEST(ConfigFileTest, AnErrorNamesFileLineAndField) {
  const auto config = ParseConfig("socket: \"/a\"\nlimits { max_requests: 1 }\n", "p.textproto");
  EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(config.status().message()), HasSubstr("p.textproto:2:"));
  EXPECT_THAT(std::string(config.status().message()), HasSubstr("max_requests"));
}

TEST(ConfigFileTest, AValueOutOfRangeNamesItsField) {
  const auto message = [](const std::string& text) {
    return std::string(ParseConfig(text, "p").status().message());
  };
  EXPECT_THAT(message("socket: \"relative\""), HasSubstr("field socket"));
  EXPECT_THAT(message("socket_mode: 4096"), HasSubstr("socket_mode"));
  EXPECT_THAT(message("job_host { containment: \"maybe\" }"), HasSubstr("job_host.containment"));
  EXPECT_THAT(message("limits { max_connections_per_user: 0 }"),
              HasSubstr("limits.max_connections_per_user"));
  EXPECT_THAT(message("tls_listen: \"7443\""), HasSubstr("field tls_listen"));
  EXPECT_THAT(message("session_max_life_seconds: 0"), HasSubstr("session_max_life_seconds"));
  EXPECT_THAT(message("defaults { stream_bytes: 99999999999999 }"),
              HasSubstr("defaults.stream_bytes"));
}

TEST(ConfigFileTest, AMissingFileIsAnError) {
  EXPECT_THAT(std::string(ReadConfigFile("/no/such/file").status().message()),
              HasSubstr("/no/such/file"));
}

}  // namespace
}  // namespace proctor
