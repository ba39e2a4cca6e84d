#include "common/log.h"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <utility>

namespace proctor {
namespace {

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_));
    logger->set_pattern("%l %v");
    logger->set_level(spdlog::level::warn);
    before_ = spdlog::default_logger();
    spdlog::set_default_logger(std::move(logger));
  }
  ~LogTest() override { spdlog::set_default_logger(before_); }

  std::ostringstream text_;

 private:
  std::shared_ptr<spdlog::logger> before_;
};

TEST_F(LogTest, ALineIsItsPartsAndItsLevel) {
  LogError("job ", 7, " of ", std::string("alice"));
  EXPECT_EQ(text_.str(), "error job 7 of alice\n");
}

TEST_F(LogTest, WhatIsBelowTheLevelIsNotWritten) {
  LogInfo("nothing");
  EXPECT_EQ(text_.str(), "");
}

TEST_F(LogTest, NothingInALineEndsItOrMovesACursor) {
  LogWarning("refused a\nb\x1b[2J");
  EXPECT_EQ(text_.str(), "warning refused a\\x0ab\\x1b[2J\n");
}

}  // namespace
}  // namespace proctor
