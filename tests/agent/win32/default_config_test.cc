#include "agent/win32/default_config.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_replace.h"
#include "agent/config_file.h"

namespace proctor {
namespace {

TEST(DefaultConfigTest, SaysNothingThatDoesNotHoldWithoutIt) {
  const absl::StatusOr<config::AgentConfig> config =
      ParseConfig(std::string(DefaultConfig()), "default");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ByteSizeLong(), 0u);
}

TEST(DefaultConfigTest, WhatIsCommentedOutIsRight) {
  // The lines of fields, not those of prose.
  const std::string text = absl::StrReplaceAll(DefaultConfig(), {{"\n# pipe", "\npipe"},
                                                                 {"\n# state", "\nstate"},
                                                                 {"\n# limits", "\nlimits"},
                                                                 {"\n# defaults", "\ndefaults"},
                                                                 {"\n# log", "\nlog"},
                                                                 {"\n#   ", "\n"},
                                                                 {"\n# }", "\n}"}});
  const absl::StatusOr<config::AgentConfig> config = ParseConfig(text, "default");
  ASSERT_TRUE(config.ok()) << config.status();
  const config::AgentConfig defaults;
  EXPECT_TRUE(config->has_pipe());
  EXPECT_EQ(config->pipe(), defaults.pipe());
  EXPECT_TRUE(config->limits().has_max_running_jobs_per_user());
  EXPECT_EQ(config->limits().max_running_jobs_per_user(),
            defaults.limits().max_running_jobs_per_user());
  EXPECT_EQ(config->limits().max_spool_bytes_per_user(),
            defaults.limits().max_spool_bytes_per_user());
  EXPECT_EQ(config->defaults().stream_bytes(), defaults.defaults().stream_bytes());
  EXPECT_EQ(config->defaults().retention_seconds(), defaults.defaults().retention_seconds());
  EXPECT_EQ(config->log().level(), defaults.log().level());
}

}  // namespace
}  // namespace proctor
