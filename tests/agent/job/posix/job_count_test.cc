#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "tests/agent/job/job_manager_fixture.h"

namespace proctor {
namespace {

class JobCountTest : public JobManagerTest {
 protected:
  // What the list says.
  JobManager::Counts Listed() {
    JobManager::Counts counts = {};
    const v1::ListJobsResponse page = *List(0, {});
    for (const v1::Job& job : page.jobs()) {
      ++counts.records;
      if (!job.exit().final()) ++counts.running;
    }
    return counts;
  }

  void ExpectAsListed(const char* when) {
    const JobManager::Counts counted = manager_->CountJobs();
    const JobManager::Counts listed = Listed();
    EXPECT_EQ(counted.records, listed.records) << when;
    EXPECT_EQ(counted.running, listed.running) << when;
  }

  // Of this thread's processor, whatever else the machine does.
  absl::Duration CostOfCounting() const {
    const auto used = [] {
      timespec time = {};
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
      return absl::DurationFromTimespec(time);
    };
    const absl::Duration before = used();
    for (int i = 0; i < 100; ++i) manager_->CountJobs();
    return used() - before;
  }
};

TEST_F(JobCountTest, IsRightWhateverBecomesOfJobs) {
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(Launch(i % 2 == 0 ? kAlice : kBob, Spec()));
  ExpectAsListed("launched");
  for (int i = 0; i < 4; ++i) Report(Running(ids[i]));
  for (int i = 0; i < 3; ++i) Report(Exited(ids[i], 1));
  ExpectAsListed("running and exited");
  for (int i = 0; i < 2; ++i) Report(Final(ids[i], 1));
  jobhost::JobReport failed;
  failed.set_job_id(ids[5]);
  failed.set_phase(jobhost::LAUNCH_FAILED);
  Report(failed);
  ExpectAsListed("ended and failed");
  EXPECT_TRUE(Delete(kAlice, ids[0]).ok());
  ExpectAsListed("deleted");
  Start();
  ExpectAsListed("restarted");
  const size_t before = manager_->CountJobs().records;
  clock_.Advance(absl::Hours(100 * 24));
  manager_->PokeTimers();
  const absl::Time patience = absl::Now() + absl::Seconds(10);
  while (manager_->CountJobs().records == before && absl::Now() < patience) {
    std::this_thread::yield();
  }
  EXPECT_LT(manager_->CountJobs().records, before);
  ExpectAsListed("expired");
}

// A walk over the records would cost a hundred times as much as the bound.
TEST_F(JobCountTest, CostsTheSameHoweverManyRecordsThereAre) {
  StartWithRecords(10);
  const absl::Duration few = CostOfCounting();
  StartWithRecords(50'000);
  ASSERT_EQ(manager_->CountJobs().records, 50'000u);
  EXPECT_LT(CostOfCounting(), 50 * few + absl::Milliseconds(1));
}

}  // namespace
}  // namespace proctor
