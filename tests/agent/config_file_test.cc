#include "agent/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/token/fake_account_names.h"

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
  const std::string longest = "/" + std::string(106, 's');
  EXPECT_EQ(message("socket: \"" + longest + "\" job_host { socket: \"/h\" }"), "");
  EXPECT_THAT(message("socket: \"" + longest + "s\""),
              HasSubstr("field socket: is longer than 107"));
  EXPECT_THAT(message("socket: \"/" + std::string(100, 's') + "/a\""),
              HasSubstr("the job host's socket"));
  EXPECT_THAT(message("job_host { socket: \"" + longest + "s\" }"),
              HasSubstr("field job_host.socket: is longer than 107"));
  EXPECT_THAT(message("log { level: \"loud\" }"), HasSubstr("field log.level"));
  EXPECT_THAT(message("log { max_queued_lines: 0 }"), HasSubstr("field log.max_queued_lines"));
  EXPECT_THAT(message("socket_mode: 4096"), HasSubstr("socket_mode"));
  EXPECT_THAT(message("job_host { containment: \"maybe\" }"), HasSubstr("job_host.containment"));
  EXPECT_THAT(message("limits { max_connections_per_user: 0 }"),
              HasSubstr("limits.max_connections_per_user"));
  EXPECT_THAT(message("limits { max_calls_per_user: 0 }"), HasSubstr("limits.max_calls_per_user"));
  EXPECT_THAT(message("limits { authentication_seconds: 0 }"),
              HasSubstr("limits.authentication_seconds"));
  EXPECT_THAT(message("limits { max_request_bytes: 20000000 }"),
              HasSubstr("limits.max_buffered_bytes_per_user"));
  EXPECT_THAT(message("tls_listen: \"7443\""), HasSubstr("field tls_listen"));
  EXPECT_THAT(message("session_max_life_seconds: 0"), HasSubstr("session_max_life_seconds"));
  EXPECT_THAT(message("account_check { pam_service: '' }"),
              HasSubstr("field account_check.pam_service"));
  EXPECT_THAT(message("account_check { cache_seconds: 3601 }"),
              HasSubstr("field account_check.cache_seconds"));
  EXPECT_THAT(message("negotiate { account_sid { account: '1001' sid: 'alice' } }"),
              HasSubstr("field negotiate.account_sid[0].sid"));
  EXPECT_THAT(message("defaults { stream_bytes: 99999999999999 }"),
              HasSubstr("defaults.stream_bytes"));
}

TEST(ConfigFileTest, WhatDoesNotReachAJobHostOfItsOwnUnitIsRefused) {
  const auto message = [](const std::string& text) {
    return std::string(ParseConfig(text, "p").status().message());
  };
  EXPECT_THAT(message("job_host { spawn: false containment: 'cgroup' }"),
              HasSubstr("field job_host.containment: does not reach"));
  EXPECT_THAT(message("job_host { spawn: false launch_deadline_seconds: 5 }"),
              HasSubstr("--launch-deadline"));
  EXPECT_THAT(message("job_host { spawn: false } limits { spool_reserve_bytes: 1 }"),
              HasSubstr("field limits.spool_reserve_bytes"));
  EXPECT_THAT(message("job_host { spawn: false } defaults { open_files: 64 }"),
              HasSubstr("field defaults.open_files"));
  EXPECT_EQ(message("job_host { spawn: false socket: '/run/proctor/jobhost.sock' }"), "");
  EXPECT_EQ(message("job_host { containment: 'cgroup' } defaults { open_files: 64 }"), "");
}

TEST(ConfigFileTest, WhatIsWrongWithAValueIsFoundByItsLine) {
  const auto message = [](const std::string& text) {
    const FakeAccountNames names({{"alice", "1001"}}, {{"ci", "500"}});
    return std::string(ParseConfig(text, "p.textproto", names).status().message());
  };
  EXPECT_THAT(message("limits {\n  max_connections_per_user: 0\n}\n"),
              HasSubstr("p.textproto:2:3: configuration field limits.max_connections_per_user"));
  EXPECT_THAT(message("policy {\n"
                      "  run_as {\n"
                      "    callers { group: 'ci' }\n"
                      "    users { user: 'alice' user: 'eve' }\n"
                      "  }\n"
                      "}\n"),
              HasSubstr("p.textproto:4:27: configuration field policy.run_as[0].users.user[1]: no "
                        "user 'eve'"));
  EXPECT_THAT(message("policy {\n  run_as { users {} }\n}\n"),
              HasSubstr("p.textproto:2:3: configuration field policy.run_as[0]"));
  EXPECT_THAT(message("\nadministrators_group: 'nix'"), HasSubstr("p.textproto:2:1: "));
  EXPECT_THAT(message("defaults { retention_seconds: 9999999 }"),
              HasSubstr("p.textproto:1:12: configuration field defaults.retention_seconds"));
  EXPECT_EQ(message("policy { may_launch { user: 'alice' group: 'ci' } }"), "");
}

// In a domain every machine has "host/...", and not everybody may add "proctor/...".
TEST(ConfigFileTest, TheServicePrincipalIsAnyServiceOfAHost) {
  const auto message = [](const std::string& principal) {
    return std::string(ParseConfig("negotiate { service_principal: \"" + principal + "\" }", "p")
                           .status()
                           .message());
  };
  EXPECT_EQ(message("proctor/host.example.com"), "");
  EXPECT_EQ(message("host/host.example.com@EXAMPLE.COM"), "");
  for (const std::string wrong :
       {"host", "host/", "/host.example.com", "HOST$@EXAMPLE.COM", "a@b/c"}) {
    EXPECT_THAT(message(wrong), HasSubstr("field negotiate.service_principal")) << wrong;
  }
}

TEST(ConfigFileTest, AMissingFileIsAnError) {
  EXPECT_THAT(std::string(ReadConfigFile("/no/such/file").status().message()),
              HasSubstr("/no/such/file"));
}

}  // namespace
}  // namespace proctor
