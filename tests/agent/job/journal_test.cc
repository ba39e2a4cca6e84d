#include "agent/job/journal.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "agent/job/journal_store.h"
#include "agent/job/sqlite_database.h"
#include "common/unique_fd.h"
#include "tests/agent/job/load_all.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

JournalEntry Entry(const std::string& job_id) {
  JournalEntry entry;
  entry.job_id = job_id;
  entry.owner = "1000";
  entry.request_id = "request";
  entry.host_life = "host";
  entry.boot_id = "boot";
  entry.job = std::string("job\0bytes", 9);
  entry.secret_digest = std::string(32, '\x80');
  entry.expires_unix_ns = 42;
  return entry;
}

class JournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<Journal> OpenJournal() {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path_);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return journal.ok() ? *std::move(journal) : nullptr;
  }

  static off_t Size(const std::string& path) {
    struct stat info;
    return ::stat(path.c_str(), &info) == 0 ? info.st_size : -1;
  }

  // False: not within ten seconds.
  bool ShrinksTo(off_t bytes) {
    const absl::Time patience = absl::Now() + absl::Seconds(10);
    while (Size(path_) > bytes && absl::Now() < patience) std::this_thread::yield();
    return Size(path_) <= bytes;
  }

  static std::vector<std::string> Ids(Journal& journal) {
    const absl::StatusOr<std::vector<JournalEntry>> entries = LoadAll(&journal);
    EXPECT_TRUE(entries.ok()) << entries.status();
    std::vector<std::string> ids;
    if (entries.ok()) {
      for (const JournalEntry& entry : *entries) ids.push_back(entry.job_id);
    }
    return ids;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_.File("journal.db");
};

TEST_F(JournalTest, ANewOneIsEmptyAndPrivate) {
  const mode_t before = ::umask(0);
  const auto journal = OpenJournal();
  journal->Put(Entry("a"), nullptr);
  journal->Flush();
  ::umask(before);
  EXPECT_THAT(Ids(*journal), ::testing::ElementsAre("a"));
  for (const char* suffix : {"", "-wal"}) {
    struct stat info;
    ASSERT_EQ(::stat((path_ + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 07777, 0600u) << suffix;
  }
}

TEST_F(JournalTest, EveryFieldComesBack) {
  {
    const auto journal = OpenJournal();
    JournalEntry entry = Entry("a");
    entry.final = true;
    journal->Put(entry, nullptr);
    journal->Put(Entry("b"), nullptr);
  }
  const auto journal = OpenJournal();
  const absl::StatusOr<std::vector<JournalEntry>> entries = LoadAll(journal.get());
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 2u);
  const JournalEntry& entry = entries->front();
  EXPECT_EQ(entry.job_id, "a");
  EXPECT_EQ(entry.owner, "1000");
  EXPECT_EQ(entry.request_id, "request");
  EXPECT_EQ(entry.host_life, "host");
  EXPECT_EQ(entry.boot_id, "boot");
  EXPECT_EQ(entry.job, std::string("job\0bytes", 9));
  EXPECT_EQ(entry.secret_digest, std::string(32, '\x80'));
  EXPECT_TRUE(entry.final);
  EXPECT_EQ(entry.expires_unix_ns, 42);
  EXPECT_FALSE(entries->back().final);
}

TEST_F(JournalTest, EmptyFieldsAreFields) {
  const auto journal = OpenJournal();
  JournalEntry entry;
  entry.job_id = "a";
  absl::Status verdict = absl::UnknownError("");
  journal->Put(entry, [&](absl::Status status) { verdict = status; });
  journal->Flush();
  EXPECT_TRUE(verdict.ok()) << verdict;
  EXPECT_EQ(LoadAll(journal.get())->front().job, "");
}

TEST_F(JournalTest, ASecondPutReplacesAndKeepsTheOrder) {
  const auto journal = OpenJournal();
  journal->Put(Entry("a"), nullptr);
  journal->Put(Entry("b"), nullptr);
  JournalEntry changed = Entry("a");
  changed.job = "changed";
  journal->Put(changed, nullptr);
  EXPECT_THAT(Ids(*journal), ::testing::ElementsAre("a", "b"));
  EXPECT_EQ(LoadAll(journal.get())->front().job, "changed");
}

TEST_F(JournalTest, DeleteRemovesAndIsContentWithNothing) {
  const auto journal = OpenJournal();
  journal->Put(Entry("a"), nullptr);
  journal->Delete("a", nullptr);
  absl::Status verdict = absl::UnknownError("");
  journal->Delete("never there", [&](absl::Status status) { verdict = status; });
  journal->Flush();
  EXPECT_TRUE(verdict.ok()) << verdict;
  EXPECT_THAT(Ids(*journal), IsEmpty());
}

TEST_F(JournalTest, VerdictsComeInOrderAndOnlyAfterTheCommit) {
  const auto journal = OpenJournal();
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) {
    journal->Put(Entry(absl::StrCat("job", i)), [&order, i](absl::Status status) {
      EXPECT_TRUE(status.ok()) << status;
      order.push_back(i);
    });
  }
  journal->Flush();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST_F(JournalTest, AVerdictMayQueueTheNextWrite) {
  const auto journal = OpenJournal();
  Journal* const raw = journal.get();
  journal->Put(Entry("first"), [raw](absl::Status) { raw->Put(Entry("second"), nullptr); });
  journal->Flush();  // "first" is committed, "second" queued at the latest now.
  journal->Flush();
  EXPECT_THAT(Ids(*journal), ::testing::ElementsAre("first", "second"));
}

TEST_F(JournalTest, AThousandConcurrentPutsAllArrive) {
  const auto journal = OpenJournal();
  std::atomic<int> committed = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 10; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        journal->Put(Entry(absl::StrCat(t, "-", i)),
                     [&](absl::Status status) { committed += status.ok() ? 1 : 0; });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  journal->Flush();
  EXPECT_EQ(committed, 1000);
  EXPECT_EQ(Ids(*journal).size(), 1000u);
}

TEST_F(JournalTest, TheDestructorCommitsWhatIsQueued) {
  int verdicts = 0;
  {
    const auto journal = OpenJournal();
    for (int i = 0; i < 500; ++i) {
      journal->Put(Entry(absl::StrCat("job", i)), [&](absl::Status) { ++verdicts; });
    }
  }
  EXPECT_EQ(verdicts, 500);
  EXPECT_EQ(Ids(*OpenJournal()).size(), 500u);
}

TEST_F(JournalTest, TheEpochRisesWithEveryStart) {
  EXPECT_EQ(*OpenJournal()->NextEpoch(), 1u);
  EXPECT_EQ(*OpenJournal()->NextEpoch(), 2u);
  const auto journal = OpenJournal();
  EXPECT_EQ(*journal->NextEpoch(), 3u);
  EXPECT_EQ(*journal->NextEpoch(), 4u);
}

TEST_F(JournalTest, TheDigestKeyIsMadeOnce) {
  const std::string key = *OpenJournal()->DigestKey();
  EXPECT_EQ(key.size(), 32u);
  EXPECT_EQ(*OpenJournal()->DigestKey(), key);
  const TemporaryDirectory other;
  EXPECT_NE(*(*Journal::Open(other.File("journal.db")))->DigestKey(), key);
}

TEST_F(JournalTest, ASecondProcessIsKeptOut) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  // Before the journal has its thread: a child has only one, and whatever locks the others held.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    write_end.reset();
    char byte = 0;
    if (::read(read_end.get(), &byte, 1) != 1) ::_exit(2);
    const absl::StatusOr<std::unique_ptr<Journal>> second = Journal::Open(path_);
    ::_exit(second.status().code() == absl::StatusCode::kUnavailable ? 0 : 1);
  }
  const auto journal = OpenJournal();
  journal->Put(Entry("a"), nullptr);
  journal->Flush();
  EXPECT_EQ(::write(write_end.get(), "x", 1), 1);
  write_end.reset();
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(JournalTest, WhatHadItsVerdictSurvivesSigkill) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(path_);
    if (!journal.ok()) ::_exit(1);
    for (uint32_t i = 0;; ++i) {
      (*journal)->Put(Entry(absl::StrCat("job", i)), [&write_end, i](absl::Status status) {
        if (status.ok() && ::write(write_end.get(), &i, sizeof(i)) < 0) ::_exit(2);
      });
      if (i % 16 == 0) (*journal)->Flush();
    }
  }
  write_end.reset();
  uint32_t last = 0;
  while (last < 2000) ASSERT_EQ(::read(read_end.get(), &last, sizeof(last)), sizeof(last));
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  uint32_t value;
  while (::read(read_end.get(), &value, sizeof(value)) == sizeof(value)) last = value;

  const auto journal = OpenJournal();
  const std::vector<std::string> ids = Ids(*journal);
  ASSERT_GT(ids.size(), last);
  for (uint32_t i = 0; i <= last; ++i) ASSERT_EQ(ids[i], absl::StrCat("job", i));
}

TEST_F(JournalTest, ANewerSchemaIsRefused) {
  OpenJournal();
  {
    absl::StatusOr<SqliteDatabase> database = SqliteDatabase::Open(path_);
    ASSERT_TRUE(database.ok()) << database.status();
    ASSERT_TRUE(database->Execute("PRAGMA user_version=3").ok());
  }
  const absl::Status status = Journal::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("schema version 3"));
}

TEST_F(JournalTest, AFileThatIsNoDatabaseIsDataLoss) {
  std::ofstream(path_) << std::string(8192, 'x');
  const absl::Status status = Journal::Open(path_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("SQLITE_NOTADB"));
}

TEST_F(JournalTest, AMissingDirectoryIsNamed) {
  const absl::Status status = Journal::Open(directory_.File("none/journal.db")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("none/journal.db"));
}

TEST_F(JournalTest, SpaceIsGivenBack) {
  const auto journal = OpenJournal();
  JournalEntry entry = Entry("");
  entry.job.assign(20'000, 'x');
  for (int i = 0; i < 2000; ++i) {
    entry.job_id = absl::StrCat("job", i);
    journal->Put(entry, nullptr);
    if (i % 100 == 0) journal->Flush();
  }
  journal->Flush();
  const off_t full = Size(path_);
  ASSERT_GT(full, 30'000'000);
  for (int i = 0; i < 2000; ++i) {
    journal->Delete(absl::StrCat("job", i), nullptr);
    if (i % 20 == 0) journal->Flush();
  }
  journal->Flush();
  EXPECT_TRUE(ShrinksTo(full / 2));
  EXPECT_LT(Size(path_ + "-wal"), 16 << 20);
}

TEST_F(JournalTest, FreedSpaceGoesBackWhileNothingIsAskedFor) {
  const std::unique_ptr<Journal> journal = OpenJournal();
  constexpr int kEntries = 2000;
  const std::string large(10'000, 'x');
  for (int i = 0; i < kEntries; ++i) {
    JournalEntry entry = Entry(absl::StrCat("job", i));
    entry.job = large;
    journal->Put(std::move(entry), nullptr);
  }
  for (int i = 0; i < kEntries; ++i) journal->Delete(absl::StrCat("job", i), nullptr);
  journal->Flush();
  // Nothing more is queued.
  EXPECT_TRUE(ShrinksTo(9 << 20)) << Size(path_);
}

// The first of many does not wait for all of them.
TEST_F(JournalTest, ACommitIsBounded) {
  const std::unique_ptr<Journal> journal = OpenJournal();
  std::promise<void> gate;
  journal->AfterQueued([&gate] { gate.get_future().wait(); });
  constexpr int kEntries = 1000;
  off_t first = 0;
  off_t last = 0;
  for (int i = 0; i < kEntries; ++i) {
    journal->Put(Entry(absl::StrCat("job", i)), [this, i, &first, &last](const absl::Status&) {
      // What is committed is in the log.
      (i == 0 ? first : last) = Size(path_ + "-wal");
    });
  }
  gate.set_value();
  journal->Flush();
  EXPECT_GT(first, 0);
  EXPECT_LT(2 * first, last);
}

// Who wants something meanwhile waits for a step.
TEST_F(JournalTest, SpaceGoesBackInSmallSteps) {
  const absl::StatusOr<std::unique_ptr<JournalStore>> store = JournalStore::Open(path_);
  ASSERT_TRUE(store.ok()) << store.status();
  std::vector<JournalWrite> puts(1000);
  std::vector<JournalWrite> deletes(1000);
  std::vector<const JournalWrite*> first;
  std::vector<const JournalWrite*> second;
  for (size_t i = 0; i < puts.size(); ++i) {
    puts[i].entry = Entry(absl::StrCat("job", i));
    puts[i].entry.job = std::string(10'000, 'x');
    deletes[i].kind = JournalWrite::Kind::kDelete;
    deletes[i].entry.job_id = puts[i].entry.job_id;
    first.push_back(&puts[i]);
    second.push_back(&deletes[i]);
  }
  ASSERT_TRUE((*store)->Apply(first).ok());
  ASSERT_TRUE((*store)->Apply(second).ok());
  int steps = 0;
  while ((*store)->ReclaimSpace()) ++steps;
  EXPECT_GT(steps, 5);
}

}  // namespace
}  // namespace proctor
