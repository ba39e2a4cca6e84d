#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "agent/job/field_error.h"
#include "tests/agent/job/job_manager_fixture.h"

namespace proctor {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

JobUpdate UpdateOf(const std::string& id) {
  JobUpdate update;
  update.request.set_job_id(id);
  return update;
}

class JobManagerUpdateTest : public JobManagerTest {
 protected:
  static v1::LaunchSpec Labelled(const std::string& request_id = "") {
    v1::LaunchSpec spec = Spec(request_id);
    (*spec.mutable_labels())["team"] = "red";
    (*spec.mutable_labels())["stage"] = "test";
    return spec;
  }

  bool Lists(const std::string& label, const std::string& value) {
    v1::ListJobsRequest request;
    (*request.mutable_filter()->mutable_labels())[label] = value;
    return List(kAlice, request)->jobs_size() > 0;
  }
};

TEST_F(JobManagerUpdateTest, LabelsAreSetAndRemovedForFiltersAndEventsToo) {
  const std::string id = Launch(kAlice, Labelled());
  JobUpdate update = UpdateOf(id);
  (*update.request.mutable_set_labels())["team"] = "blue";
  update.request.add_remove_labels("stage");
  const auto job = Update(kAlice, update);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->spec().labels().at("team"), "blue");
  EXPECT_THAT(job->spec().labels(), SizeIs(1));
  EXPECT_TRUE(Lists("team", "blue"));
  EXPECT_FALSE(Lists("stage", ""));
  uint64_t position = manager_->LastEvent();
  Report(Running(id));
  v1::JobFilter filter;
  (*filter.mutable_labels())["team"] = "blue";
  EXPECT_THAT(*manager_->EventsAfter(Who(kAlice), JobFilter(filter), &position), SizeIs(1));
}

TEST_F(JobManagerUpdateTest, WatchersOfTheJobAreTold) {
  const std::string id = Launch(kAlice, Labelled());
  const uint64_t begin = manager_->LastEvent();
  ASSERT_TRUE(Update(kAlice, UpdateOf(id)).ok());
  uint64_t position = begin;
  const auto events = manager_->EventsAfter(Who(kAlice), JobFilter({}), &position);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_THAT(*events, SizeIs(1));
  EXPECT_EQ(events->front()->kind, v1::WatchJobsResponse::JOB_UPDATED);
  EXPECT_EQ(events->front()->job_id, id);
  position = begin;
  EXPECT_THAT(*manager_->EventsAfter(Who(kBob), JobFilter({}), &position), IsEmpty());
}

TEST_F(JobManagerUpdateTest, AStrangerIsToldWhatIsToldOfNoJob) {
  const std::string id = Launch(kAlice, Labelled());
  JobUpdate update = UpdateOf(id);
  (*update.request.mutable_set_labels())["team"] = "mine";
  EXPECT_EQ(Update(kBob, update).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Get(id).spec().labels().at("team"), "red");
}

TEST_F(JobManagerUpdateTest, TooManyLabelsChangeNothingAtAll) {
  const std::string id = Launch(kAlice, Labelled());
  JobUpdate update = UpdateOf(id);
  for (int i = 0; i < kMaxLabels; ++i) {
    (*update.request.mutable_set_labels())[std::to_string(i)] = "";
  }
  update.request.mutable_retention()->set_seconds(1);
  EXPECT_EQ(GetErrorField(Update(kAlice, update).status()), "set_labels");
  EXPECT_THAT(Get(id).spec().labels(), SizeIs(2));
  EXPECT_FALSE(Get(id).spec().has_retention());
}

TEST_F(JobManagerUpdateTest, AnUpdateOfARunningJobSurvivesTheAgentAndSoDoesTheJob) {
  const std::string id = Launch(kAlice, Labelled("r"));
  Report(Running(id));
  JobUpdate update = UpdateOf(id);
  (*update.request.mutable_set_labels())["team"] = "blue";
  ASSERT_TRUE(Update(kAlice, update).ok());
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  Start();
  manager_->OnHostReady(*host_.info(), {Running(id)});
  EXPECT_EQ(Get(id).spec().labels().at("team"), "blue");
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
  answers_.clear();
  Launch(kAlice, Labelled("r"));
  ASSERT_THAT(answers_, SizeIs(1)) << "the repeated request finds its job";
  ASSERT_TRUE(answers_[0].ok()) << answers_[0].status();
  EXPECT_TRUE(answers_[0]->existing);
  EXPECT_EQ(answers_[0]->response->job_id(), id);
}

TEST_F(JobManagerUpdateTest, ARepeatedRequestIsComparedWithWhatWasLaunched) {
  const std::string id = Launch(kAlice, Labelled("r"));
  Report(Running(id));
  JobUpdate update = UpdateOf(id);
  (*update.request.mutable_set_labels())["team"] = "blue";
  ASSERT_TRUE(Update(kAlice, update).ok());
  answers_.clear();
  v1::LaunchSpec other = Labelled("r");
  (*other.mutable_labels())["team"] = "blue";
  Launch(kAlice, other);
  EXPECT_EQ(answers_[0].status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(JobManagerUpdateTest, RetentionCountsFromTheEndAlsoOfAJobThatHasEnded) {
  const std::string id = Launch(kAlice, Spec());
  jobhost::JobReport report = Final(id, 0);
  report.set_finished_unix_ns(absl::ToUnixNanos(clock_.Now()));
  Report(report);
  JobUpdate update = UpdateOf(id);
  update.request.mutable_retention()->set_seconds(7200);
  const auto job = Update(kAlice, update);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->expires().seconds() - job->exit().finished().seconds(), 7200);
  clock_.Advance(absl::Seconds(7000));
  manager_->PokeTimers();
  EXPECT_TRUE(manager_->GetJob(Who(kAlice), id).ok());
  Start();
  EXPECT_EQ(Get(id).expires().seconds(), job->expires().seconds()) << "in the journal too";
}

TEST_F(JobManagerUpdateTest, AShorterRetentionEndsTheRecordSooner) {
  const std::string id = Launch(kAlice, Spec());
  jobhost::JobReport report = Final(id, 0);
  report.set_finished_unix_ns(absl::ToUnixNanos(clock_.Now()));
  Report(report);
  JobUpdate update = UpdateOf(id);
  update.request.mutable_retention()->set_seconds(0);
  ASSERT_TRUE(Update(kAlice, update).ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (manager_->GetJob(Who(kAlice), id).ok() && absl::Now() < deadline) manager_->PokeTimers();
  EXPECT_FALSE(manager_->GetJob(Who(kAlice), id).ok());
}

TEST_F(JobManagerUpdateTest, AJobThatEndsWhileItsUpdateIsJournalledKeepsBoth) {
  const std::string id = Launch(kAlice, Labelled());
  JobUpdate update = UpdateOf(id);
  (*update.request.mutable_set_labels())["team"] = "blue";
  absl::Status answer = absl::DeadlineExceededError("no answer");
  manager_->UpdateJob(Who(kAlice), update,
                      [&answer](const absl::StatusOr<JobSnapshot>& job) { answer = job.status(); });
  manager_->OnJobReport(Final(id, 3));
  journal_->Flush();
  journal_->Flush();  // Also of what the first one's answers asked for.
  ASSERT_TRUE(answer.ok()) << answer;
  Start();
  EXPECT_EQ(Get(id).spec().labels().at("team"), "blue");
  EXPECT_EQ(Get(id).exit().exit_code(), 3);
}

TEST_F(JobManagerUpdateTest, UpdatesOfOneJobAreMadeOneAfterTheOther) {
  const std::string id = Launch(kAlice, Spec());
  int done = 0;
  for (int i = 0; i < 10; ++i) {
    JobUpdate update = UpdateOf(id);
    (*update.request.mutable_set_labels())[std::to_string(i)] = "";
    manager_->UpdateJob(Who(kAlice), update, [&](const absl::StatusOr<JobSnapshot>& job) {
      EXPECT_THAT(job->Small().spec().labels(), SizeIs(++done));
    });
  }
  for (int i = 0; i < 10; ++i) journal_->Flush();
  EXPECT_EQ(done, 10);
  EXPECT_THAT(Get(id).spec().labels(), SizeIs(10));
}

}  // namespace
}  // namespace proctor
