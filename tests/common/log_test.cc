#include "common/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/line_aggregator.h"

namespace proctor {
namespace {

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(text_));
    // Otherwise a line ends as the platform ends its own.
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
        "%l %v", spdlog::pattern_time_type::local, "\n"));
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
  EXPECT_EQ(text_.str(), "warning refused a\\nb\\x1b[2J\n");
}

TEST_F(LogTest, NothingInALineChangesTheOrderOfItsText) {
  LogError("kill \xE2\x80\xAE|\xC2\x9B|\xFF|\u00FC");
  EXPECT_EQ(text_.str(), "error kill \\u202e|\\x9b|\\xff|\u00FC\n");
}

TEST_F(LogTest, ALineIsNoLongerThanAPipeTakesInOnePiece) {
  LogError(std::string(3899, 'a'), "\u00FC", std::string(5000, 'b'));
  EXPECT_EQ(text_.str(), absl::StrCat("error ", std::string(3899, 'a'), "…\n"));
}

TEST_F(LogTest, OfRepeatedLinesTheFirstAreWritten) {
  for (int i = 0; i < 100; ++i) {
    LogRepeated(LogLevel::kError, "of this test", "uid 7", "line ", i);
  }
  EXPECT_EQ(text_.str(), "error line 0\nerror line 1\nerror line 2\nerror line 3\nerror line 4\n");
}

TEST_F(LogTest, RepeatedLinesBelowTheLevelAreNotCounted) {
  for (int i = 0; i < 100; ++i) {
    LogRepeated(LogLevel::kInfo, "of that test", "uid 7", "line ", i);
  }
  for (const auto& summary : RepeatedLines()->TakeDue(absl::InfiniteDuration())) {
    EXPECT_THAT(summary.text, testing::Not(testing::HasSubstr("of that test")));
  }
}

}  // namespace
}  // namespace proctor
