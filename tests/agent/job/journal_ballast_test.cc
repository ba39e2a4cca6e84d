#include "agent/job/journal_ballast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/agent/fake_clock.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr uint64_t kWhole = 1 << 20;

// Of this process, for the object's life. (Without descriptors UBSan could not look at objects.)
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t limit) {
    EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0);
    const rlimit lower = {limit, before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &lower), 0);
  }
  ~FileSizeLimit() { EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0); }

 private:
  rlimit before_ = {};
};

class JournalBallastTest : public ::testing::Test {
 protected:
  JournalBallastTest() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_st>(log_)));
    ::signal(SIGXFSZ, SIG_IGN);
  }
  ~JournalBallastTest() override {
    ::signal(SIGXFSZ, SIG_DFL);
    spdlog::set_default_logger(before_);
  }

  void SetUp() override {
    ballast_.Renew();
    if (!std::filesystem::exists(path_)) GTEST_SKIP() << "needs 16 MiB of free disk";
  }

  uint64_t Bytes() const { return std::filesystem::file_size(path_); }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  size_t LinesLogged() const {
    const std::string text = log_.str();
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  const TemporaryDirectory directory_;
  const std::ofstream journal_{directory_.File("journal")};
  const std::string path_ = directory_.File("journal.ballast");
  FakeClock clock_;
  JournalBallast ballast_{directory_.File("journal"), &clock_};
  std::ostringstream log_;

 private:
  const std::shared_ptr<spdlog::logger> before_;
};

TEST_F(JournalBallastTest, IsGivenUpByHalvesAndInTheEndWhole) {
  for (uint64_t bytes = kWhole / 2; bytes >= kWhole / 16; bytes /= 2) {
    EXPECT_TRUE(ballast_.GiveUpHalf());
    EXPECT_EQ(Bytes(), bytes);
  }
  EXPECT_TRUE(ballast_.GiveUpHalf());
  EXPECT_THAT(Files(), UnorderedElementsAre("journal"));
  EXPECT_FALSE(ballast_.GiveUpHalf());
  ballast_.Renew();
  EXPECT_EQ(Bytes(), kWhole);
}

TEST_F(JournalBallastTest, ARenewalThatFailsLeavesWhatThereIsAndIsToldOnce) {
  size_t lines = 0;
  for (const rlim_t limit : {rlim_t{0}, rlim_t{kWhole / 4}}) {
    ASSERT_TRUE(ballast_.GiveUpHalf());
    ++lines;
    for (int tries = 0; tries < 2; ++tries) {
      const FileSizeLimit lower(limit);
      ballast_.Renew();
      EXPECT_EQ(LinesLogged(), lines) << log_.str();
      clock_.Advance(absl::Minutes(1));
    }
    EXPECT_THAT(log_.str(), HasSubstr("journal.ballast.new"));
    ASSERT_THAT(Files(), UnorderedElementsAre("journal", "journal.ballast"));
    EXPECT_EQ(Bytes(), kWhole / 2);
    ballast_.Renew();
    EXPECT_EQ(Bytes(), kWhole);
  }
}

TEST_F(JournalBallastTest, ANewOneThatCannotBeOpenedLeavesWhatThereIs) {
  std::filesystem::create_directories(path_ + ".new/somebody's");
  ASSERT_TRUE(ballast_.GiveUpHalf());
  ballast_.Renew();
  EXPECT_EQ(Bytes(), kWhole / 2);
  EXPECT_EQ(LinesLogged(), 1u) << log_.str();
}

TEST_F(JournalBallastTest, ARenewalThatFailsIsTriedAgainAMinuteLater) {
  ASSERT_TRUE(ballast_.GiveUpHalf());
  {
    const FileSizeLimit none(0);
    ballast_.Renew();
  }
  clock_.Advance(absl::Seconds(59));
  ballast_.Renew();
  EXPECT_EQ(Bytes(), kWhole / 2);
  clock_.Advance(absl::Seconds(1));
  ballast_.Renew();
  EXPECT_EQ(Bytes(), kWhole);
}

TEST_F(JournalBallastTest, WhatIsNoFileIsReplaced) {
  const std::string other = directory_.File("other");
  for (const std::string& name : {path_, path_ + ".new"}) {
    for (const bool link : {false, true}) {
      ASSERT_TRUE(ballast_.GiveUpHalf());
      std::filesystem::remove(name);
      if (link) {
        std::ofstream(other) << "kept";
        std::filesystem::create_symlink(other, name);
      } else {
        ASSERT_EQ(::mkfifo(name.c_str(), 0600), 0);
      }
      ballast_.Renew();
      ASSERT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(path_)));
      EXPECT_EQ(Bytes(), kWhole);
    }
  }
  EXPECT_EQ(std::filesystem::file_size(other), 4u);
  EXPECT_THAT(Files(), UnorderedElementsAre("journal", "journal.ballast", "other"));
  struct stat info = {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

}  // namespace
}  // namespace proctor
