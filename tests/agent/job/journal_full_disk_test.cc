#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/job/journal.h"
#include "common/failure_detail.h"
#include "tests/agent/job/load_all.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

// A file system of its own.
class SmallDiskTest : public ::testing::Test {
 protected:
  // `options` as of mount(8).
  explicit SmallDiskTest(const char* options) : options_(options) {}

  void SetUp() override {
    if (::mount("proctor-test", directory_.path().c_str(), "tmpfs", 0, options_) != 0) {
      GTEST_SKIP() << "needs mount (CAP_SYS_ADMIN): " << std::strerror(errno);
    }
    mounted_ = true;
  }

  void TearDown() override {
    if (mounted_) {
      EXPECT_EQ(::umount2(directory_.path().c_str(), MNT_DETACH), 0);
    }
  }

  TemporaryDirectory directory_;

 private:
  const char* const options_;
  bool mounted_ = false;
};

// A journal on a file system of one megabyte.
class JournalFullDiskTest : public SmallDiskTest {
 protected:
  JournalFullDiskTest() : SmallDiskTest("size=1m") {}

  void SetUp() override {
    SmallDiskTest::SetUp();
    if (IsSkipped()) return;
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(directory_.File("journal.db"));
    ASSERT_TRUE(journal.ok()) << journal.status();
    journal_ = *std::move(journal);
  }

  void TearDown() override {
    journal_.reset();
    SmallDiskTest::TearDown();
  }

  absl::Status Put(const std::string& job_id, size_t bytes) {
    absl::Status verdict = absl::UnknownError("no verdict");
    journal_->Put(EntryOf(job_id, bytes), [&verdict](absl::Status status) { verdict = status; });
    journal_->Flush();
    return verdict;
  }

  static JournalEntry EntryOf(const std::string& job_id, size_t bytes) {
    JournalEntry entry;
    entry.job_id = job_id;
    entry.job.assign(bytes, 'x');
    return entry;
  }

  // Puts until the disk is full; how many were taken.
  size_t Fill() {
    size_t taken = 0;
    while (Put(absl::StrCat("filler", taken), 10'000).ok()) ++taken;
    return taken;
  }

  std::unique_ptr<Journal> journal_;
};

TEST_F(JournalFullDiskTest, AFullDiskIsResourceExhaustedAndSaysWhichFileAndWhatToDo) {
  const absl::Status status = Put("large", 2 << 20);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("sqlite3_"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("SQLITE_FULL 13"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory_.File("journal.db") + " is full"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("bytes are free"));
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  ASSERT_TRUE(detail.has_value());
  EXPECT_EQ(detail->subject(), directory_.File("journal.db"));
  EXPECT_THAT(detail->advice(), HasSubstr("free space"));
}

TEST_F(JournalFullDiskTest, ADiskThatIsFullFromTheStartIsNamedToo) {
  const std::string filler = directory_.File("filler");
  journal_.reset();
  ASSERT_EQ(::unlink(directory_.File("journal.db").c_str()), 0);
  std::ofstream(filler) << std::string(2 << 20, 'x');
  const absl::Status status = Journal::Open(directory_.File("journal.db")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("bytes are free"));
}

TEST_F(JournalFullDiskTest, WhatWasTakenBeforeIsStillThere) {
  const size_t taken = Fill();
  EXPECT_GT(taken, 10u);
  EXPECT_EQ(LoadAll(journal_.get())->size(), taken);
}

TEST_F(JournalFullDiskTest, EveryEntryOfABatchGetsItsOwnVerdict) {
  std::vector<absl::StatusCode> verdicts;
  const auto note = [&verdicts](absl::Status status) { verdicts.push_back(status.code()); };
  // The first write holds the thread up for long enough or not: the verdicts must be the same.
  journal_->Put(EntryOf("small", 10), note);
  journal_->Put(EntryOf("large", 2 << 20), note);
  journal_->Put(EntryOf("small too", 10), note);
  journal_->Flush();
  EXPECT_THAT(verdicts,
              ::testing::ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kResourceExhausted,
                                     absl::StatusCode::kOk));
  EXPECT_EQ(LoadAll(journal_.get())->size(), 2u);
}

TEST_F(JournalFullDiskTest, WritesGoOnWhenThereIsSpaceAgain) {
  const std::string filler = directory_.File("filler");
  std::ofstream(filler) << std::string(2 << 20, 'x');  // As much as there is room for.
  Fill();
  ASSERT_EQ(::unlink(filler.c_str()), 0);
  absl::Status deleted = absl::UnknownError("no verdict");
  journal_->Delete("filler0", [&deleted](absl::Status status) { deleted = status; });
  journal_->Flush();
  EXPECT_TRUE(deleted.ok()) << deleted;
  EXPECT_TRUE(Put("again", 10'000).ok());
}

// On a file system of 32 megabytes.
class FullDiskBallastTest : public SmallDiskTest {
 protected:
  FullDiskBallastTest() : SmallDiskTest("size=32m") {}

  absl::Status Start() const {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path_);
    return journal.ok() ? (*journal)->NextEpoch().status() : journal.status();
  }
  void FillDisk() const { std::ofstream(filler_) << std::string(33 << 20, 'x'); }
  // The journal's process fills the disk and dies, as with kill -9.
  void DieOnAFullDisk() const {
    const pid_t child = ::fork();
    if (child == 0) {
      const auto journal = Journal::Open(path_);
      FillDisk();
      ::_exit((*journal)->NextEpoch().ok() ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
  }
  uint64_t BallastBytes() const { return std::filesystem::file_size(ballast_); }

  const std::string path_ = directory_.File("journal.db");
  const std::string ballast_ = directory_.File("journal.db.ballast");
  const std::string filler_ = directory_.File("filler");
};

TEST_F(FullDiskBallastTest, AnAgentThatDiesOnAFullDiskAgainAndAgainStarts) {
  ASSERT_TRUE(Start().ok());
  EXPECT_EQ(BallastBytes(), 1u << 20);
  for (int death = 0; death < 3; ++death) {
    DieOnAFullDisk();
    const absl::Status started = Start();
    EXPECT_TRUE(started.ok()) << death << ": " << started;
  }
}

TEST_F(FullDiskBallastTest, IsMadeWholeByTheFirstWriteForWhichThereIsSpace) {
  ASSERT_TRUE(Start().ok());
  DieOnAFullDisk();
  FillDisk();
  absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path_);
  ASSERT_TRUE(journal.ok()) << journal.status();
  ASSERT_TRUE((*journal)->NextEpoch().ok());
  EXPECT_LT(BallastBytes(), 1u << 20);
  ASSERT_EQ(::unlink(filler_.c_str()), 0);
  JournalEntry entry;
  entry.job_id = "job";
  (*journal)->Put(entry, [](const absl::Status&) {});
  (*journal)->Flush();
  EXPECT_EQ(BallastBytes(), 1u << 20);
}

}  // namespace
}  // namespace proctor
