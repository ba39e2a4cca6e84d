#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/agent/job/job_manager_fixture.h"

namespace proctor {
namespace {

constexpr size_t kRecords = 10'000;
constexpr size_t kBytesARecord = 1536;

size_t HeapInUse() {
  const struct mallinfo2 heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

class RecordMemoryTest : public JobManagerTest {
 protected:
  void SetUp() override {
    if (HeapInUse() == 0) GTEST_SKIP() << "needs glibc's allocator";
    event_ring_size_ = 16;
    Start();
    Record(0);  // What is allocated once.
    before_ = HeapInUse();
  }

  // Launches as each of `proctor run`: over a connection of its own, with a request id and a label.
  void Record(size_t number) {
    v1::LaunchSpec spec = Spec(absl::StrCat("0189e4a5-7b6c-7d2e-8f00-", number));
    spec.add_argv("--some-option=of-usual-length");
    (*spec.mutable_labels())["build"] = absl::StrCat(number);
    (*spec.mutable_environment()->mutable_variables())["LANG"] = "C.UTF-8";
    const auto owner = std::make_shared<const Principal>(Principal::Posix(
        kAlice, kAlice, {4, 20, 24, 25, 27, 29, 30, 44, 46, 100, 106, 1001}, "alice"));
    LaunchOrder order{
        NewJobId(),   TokenTestPeer::Launch(kAlice),
        spec,         LaunchParameters(),
        false,        std::make_shared<const JobSecurity>(owner, owner, v1::AccessList()),
        absl::nullopt};
    const std::string id = order.job_id;
    manager_->Launch(std::move(order), LaunchKind::kLaunch, nullptr,
                     [](const absl::StatusOr<LaunchOutcome>&) {});
    journal_->Flush();
    Report(Final(id, 0));
  }

  size_t BytesARecord() const {
    return (HeapInUse() - before_) / (manager_->CountJobs().records - 1);
  }

  size_t before_ = 0;
};

TEST_F(RecordMemoryTest, ARecordTakesLittleBeforeAndAfterARestart) {
  for (size_t i = 1; i <= kRecords; ++i) Record(i);
  EXPECT_LE(BytesARecord(), kBytesARecord);
  RecordProperty("before_restart", static_cast<int>(BytesARecord()));
  Start();
  ASSERT_EQ(manager_->CountJobs().records, kRecords + 1);
  EXPECT_LE(BytesARecord(), kBytesARecord);
  RecordProperty("after_restart", static_cast<int>(BytesARecord()));
}

TEST_F(RecordMemoryTest, OneRecordAtATimeIsReadFromTheJournal) {
  constexpr size_t kEntries = 2000;
  JournalEntry entry;
  entry.job = std::string(10'000, 'x');
  for (size_t i = 0; i < kEntries; ++i) {
    entry.job_id = absl::StrCat("job", i);
    journal_->Put(entry, nullptr);
  }
  journal_->Flush();
  before_ = HeapInUse();
  size_t most = before_;
  ASSERT_TRUE(
      journal_->Load([&most](const JournalEntry&) { most = std::max(most, HeapInUse()); }).ok());
  // The database has a cache.
  EXPECT_LT(most - before_, kEntries * entry.job.size() / 4);
}

}  // namespace
}  // namespace proctor
