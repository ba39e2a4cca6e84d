#include "agent/job/job_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/job/launch_step.h"
#include "common/failure_detail.h"
#include "common/os_error.h"
#include "common/proto_time.h"
#include "common/signal_number.h"
#include "tests/agent/job/job_manager_fixture.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kNoSuchFile = 2;  // ENOENT, and ERROR_FILE_NOT_FOUND.

TEST_F(JobManagerTest, NothingIsPreparedForALaunchThatIsRepeated) {
  Start();
  int prepared = 0;
  host_.on_prepare = [&prepared] { ++prepared; };
  Launch(kAlice, Spec("a request"));
  Launch(kAlice, Spec("a request"));
  EXPECT_EQ(prepared, 1);
  EXPECT_THAT(host_.launched(), SizeIs(1));
}

TEST_F(JobManagerTest, AHostThatGoesInTheMiddleOfALaunchIsAway) {
  Start();
  host_.GoAfterALook();
  Launch(kAlice, Spec());
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(host_.launched(), IsEmpty());
}

TEST_F(JobManagerTest, WithoutAHostKillsAndSignalsAreNoFault) {
  Start();
  const std::string id = Launch(kAlice, Spec());
  Report(Running(id));
  manager_->SetHost(nullptr);
  EXPECT_TRUE(manager_->Kill(Who(kAlice), id, absl::nullopt, 0).ok());
}

TEST_F(JobManagerTest, WhatTheHostIsSentIsMadeWithoutTheLock) {
  Start();
  std::future<size_t> other;
  host_.on_prepare = [&] {
    other = std::async(std::launch::async, [this] { return manager_->CountObservers(); });
    EXPECT_EQ(other.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  };
  Launch(kAlice, Spec());
  ASSERT_TRUE(other.valid());
  EXPECT_EQ(other.get(), 0u);
  EXPECT_THAT(host_.launched(), SizeIs(1));
}

TEST_F(JobManagerTest, LaunchIsAnsweredWhenTheProgramRuns) {
  const std::string id = Launch(kAlice, Spec());
  EXPECT_THAT(host_.launched(), ElementsAre(id));
  EXPECT_THAT(answers_, IsEmpty());
  Report(Running(id));
  ASSERT_THAT(answers_, SizeIs(1));
  ASSERT_TRUE(answers_[0].ok());
  EXPECT_EQ(answers_[0]->response->main_process().pid(), 4711);
  std::vector<v1::PipelineStage> stages;
  for (const auto& stage : answers_[0]->response->stages()) stages.push_back(stage.stage());
  std::vector<v1::PipelineStage> expected = {v1::AUTHORISE};
  for (const HostStage& stage : HostStages()) expected.push_back(stage.stage);
  EXPECT_EQ(stages, expected);
  EXPECT_EQ(Get(id).state(), v1::RUNNING);
}

TEST_F(JobManagerTest, TheIntentIsInTheJournalBeforeTheHostIsAsked) {
  host_.SetInfo(absl::nullopt);
  Launch(kAlice, Spec());
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(*LoadAll(journal_.get()), IsEmpty()) << "a launch that was not sent leaves no intent";
  host_.SetInfo(FakeJobHost::Life("life-1"));
  Launch(kAlice, Spec());
  EXPECT_THAT(*LoadAll(journal_.get()), SizeIs(1));
}

TEST_F(JobManagerTest, AFailedLaunchCarriesStageCallAndCode) {
  const std::string id = Launch(kAlice, Spec("r"));
  jobhost::JobReport report;
  report.set_job_id(id);
  report.set_phase(jobhost::LAUNCH_FAILED);
  report.mutable_failure()->set_step(jobhost::EXECUTE);
  report.mutable_failure()->set_call("execve");
  report.mutable_failure()->set_error(kNoSuchFile);
  report.mutable_failure()->set_subject("/no/such");
  Report(report);
  ASSERT_THAT(answers_, SizeIs(1));
  const absl::Status status = answers_[0].status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  const v1::FailureDetail detail = *GetFailureDetail(status);
  EXPECT_EQ(detail.stage(), FailedStage(report.failure()));
  EXPECT_EQ(detail.call(), "execve");
  EXPECT_EQ(detail.os_error_name(), OsErrorName(kNoSuchFile));
  EXPECT_EQ(detail.job_id(), id);
  EXPECT_EQ(Get(id).exit().reason(), v1::LAUNCH_FAILED);
  EXPECT_EQ(Get(id).state(), v1::FINISHED);

  const std::string again = Launch(kAlice, Spec("r"));
  EXPECT_THAT(host_.launched(), ElementsAre(id, again)) << "nothing ran, so the id is free again";
}

TEST_F(JobManagerTest, ARepeatedRequestFindsItsJob) {
  const std::string id = Launch(kAlice, Spec("r"));
  Launch(kAlice, Spec("r"));
  Report(Running(id));
  Launch(kAlice, Spec("r"));
  EXPECT_THAT(host_.launched(), ElementsAre(id));
  ASSERT_THAT(answers_, SizeIs(3));
  EXPECT_FALSE(answers_[0]->existing);
  for (int i : {1, 2}) {
    EXPECT_EQ(answers_[i]->response->job_id(), id);
    EXPECT_TRUE(answers_[i]->existing);
  }
  Launch(kBob, Spec("r"));
  EXPECT_THAT(host_.launched(), SizeIs(2)) << "request ids are each user's own";
}

TEST_F(JobManagerTest, ARepeatedRequestWithOtherContentIsRefused) {
  Launch(kAlice, Spec("r"));
  v1::LaunchSpec other = Spec("r");
  (*other.mutable_environment()->mutable_variables())["SECRET"] = "two";
  Launch(kAlice, other);
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(GetFailureDetail(answers_[0].status())->field(), "spec.request_id");
}

TEST_F(JobManagerTest, AStrangersJobAnswersLikeOneThatDoesNotExist) {
  const std::string id = Launch(kAlice, Spec());
  const std::string missing = NewJobId();
  const auto message = [](const absl::Status& status, const std::string& job_id) {
    std::string text(status.message());
    text.replace(text.find(job_id), job_id.size(), "ID");
    return text;
  };
  const absl::Status stranger = manager_->GetJob(Who(kBob), id).status();
  const absl::Status nobody = manager_->GetJob(Who(kBob), missing).status();
  EXPECT_EQ(stranger.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(stranger.code(), nobody.code());
  EXPECT_EQ(message(stranger, id), message(nobody, missing));
  EXPECT_EQ(manager_->Kill(Who(kBob), id, absl::nullopt, 0).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Delete(kBob, id).code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(List(kBob, {})->jobs(), IsEmpty());
  EXPECT_THAT(host_.kills(), IsEmpty());
  EXPECT_TRUE(manager_->GetJob(Who(0), id).ok()) << "the superuser administers";
}

TEST_F(JobManagerTest, MainExitAndFinalAreTwoMoments) {
  const std::string id = Launch(kAlice, Spec());
  Report(Running(id));
  Report(Exited(id, 7));
  EXPECT_EQ(Get(id).state(), v1::DRAINING);
  EXPECT_EQ(Get(id).exit().exit_code(), 7);
  EXPECT_FALSE(Get(id).exit().final());
  EXPECT_THAT(host_.acknowledged(), IsEmpty());
  Report(Final(id, 7));
  EXPECT_EQ(Get(id).state(), v1::FINISHED);
  EXPECT_TRUE(Get(id).exit().final());
  EXPECT_THAT(host_.acknowledged(), ElementsAre(id)) << "once it is in the journal";
}

TEST_F(JobManagerTest, EventsComeInOrderAlsoWhenReportsAreSkipped) {
  uint64_t position = manager_->LastEvent();
  const std::string id = Launch(kAlice, Spec());
  Report(Final(id, 0));
  const auto events = manager_->EventsAfter(Who(kAlice), JobFilter({}), &position);
  std::vector<v1::WatchJobsResponse::Kind> kinds;
  for (const auto& event : *events) kinds.push_back(event->kind);
  EXPECT_THAT(
      kinds,
      ElementsAre(v1::WatchJobsResponse::JOB_CREATED, v1::WatchJobsResponse::JOB_STARTED,
                  v1::WatchJobsResponse::JOB_MAIN_EXITED, v1::WatchJobsResponse::JOB_FINISHED));
  position = 0;
  EXPECT_THAT(*manager_->EventsAfter(Who(kBob), JobFilter({}), &position), IsEmpty());
}

TEST_F(JobManagerTest, TheFirstFinalRecordStays) {
  const std::string id = Launch(kAlice, Spec());
  Report(Final(id, 1));
  Report(Final(id, 2));
  EXPECT_EQ(Get(id).exit().exit_code(), 1);
  EXPECT_THAT(host_.acknowledged(), ElementsAre(id, id)) << "said again, acknowledged again";
}

TEST_F(JobManagerTest, AProcessNobodyAnswersForIsKilled) {
  const std::string stray = NewJobId();
  Report(Running(stray));
  ASSERT_THAT(host_.kills(), SizeIs(1));
  EXPECT_EQ(host_.kills()[0].signal, kSignalKill);
  Report(Final(stray, 0));
  EXPECT_THAT(host_.acknowledged(), ElementsAre(stray));
}

TEST_F(JobManagerTest, WhenTheHostDiesItsJobsAreLost) {
  const std::string running = Launch(kAlice, Spec());
  const std::string draining = Launch(kAlice, Spec());
  const std::string starting = Launch(kAlice, Spec());
  Report(Running(running));
  Report(Exited(draining, 5));
  manager_->OnHostLost("life-1");
  EXPECT_EQ(Get(running).state(), v1::LOST);
  EXPECT_EQ(Get(running).exit().reason(), v1::JOB_LOST);
  EXPECT_TRUE(Get(running).exit().final());
  EXPECT_EQ(Get(draining).state(), v1::LOST);
  EXPECT_EQ(Get(draining).exit().exit_code(), 5) << "what was known stays true";
  EXPECT_EQ(Get(starting).state(), v1::LOST);
  EXPECT_EQ(answers_.back().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(JobManagerTest, AVanishedRunCallerEndsTheJob) {
  v1::LaunchSpec spec = Spec();
  spec.mutable_on_caller_gone()->mutable_after()->set_seconds(5);
  const std::string id =
      Launch(kAlice, spec, std::make_shared<CountingObserver>(), LaunchKind::kRun);
  Report(Running(id));
  holds_.clear();
  EXPECT_THAT(host_.kills(), IsEmpty());
  clock_.Advance(absl::Seconds(5));
  manager_->PokeTimers();
  ASSERT_TRUE(host_.AwaitKill());
  EXPECT_EQ(host_.kills()[0].job_id, id);
  EXPECT_EQ(host_.kills()[0].signal, kSignalTerminate);
}

TEST_F(JobManagerTest, RetentionGoesByTheMonotonicClock) {
  v1::LaunchSpec spec = Spec();
  spec.mutable_retention()->set_seconds(100);
  const std::string id = Launch(kAlice, spec);
  Report(Final(id, 0));
  auto watcher = std::make_shared<CountingObserver>();
  manager_->AddWatcher(watcher);
  clock_.StepWall(absl::Hours(24));
  clock_.Advance(absl::Seconds(99));
  manager_->PokeTimers();
  EXPECT_TRUE(manager_->GetJob(Who(kAlice), id).ok()) << "a stepped clock deletes nothing";
  const int seen = watcher->changes();
  clock_.Advance(absl::Seconds(2));
  manager_->PokeTimers();
  ASSERT_TRUE(watcher->AwaitChangeAfter(seen));
  EXPECT_FALSE(manager_->GetJob(Who(kAlice), id).ok());
  journal_->Flush();
  EXPECT_THAT(*LoadAll(journal_.get()), IsEmpty());
  manager_->RemoveWatcher(watcher.get());
}

TEST_F(JobManagerTest, DeletingAJobReclaimsItsSpoolAndItsRequestId) {
  const std::string id = Launch(kAlice, Spec("r"));
  EXPECT_EQ(Delete(kAlice, id).code(), absl::StatusCode::kFailedPrecondition);
  jobhost::JobReport report = Final(id, 0);
  report.mutable_standard_output()->set_bytes_kept(3);
  Report(report);
  const std::string file = directory_.path() + "/" + id + ".out";
  std::ofstream(file) << "abc";
  EXPECT_TRUE(Delete(kAlice, id).ok());
  EXPECT_FALSE(std::ifstream(file).good());
  Launch(kAlice, Spec("r"));
  EXPECT_THAT(host_.launched(), SizeIs(2)) << "after DeleteJob it is a new job";
}

TEST_F(JobManagerTest, ADeletionIsAnsweredOnceTheJournalHasIt) {
  const std::string id = Launch(kAlice, Spec());
  Report(Final(id, 0));
  std::promise<void> gate;
  journal_->AfterQueued([&gate] { gate.get_future().wait(); });
  std::vector<absl::StatusCode> answers;
  const auto note = [&answers](const absl::Status& status) { answers.push_back(status.code()); };
  manager_->DeleteJob(Who(kAlice), id, note);
  JobUpdate update;
  update.request.set_job_id(id);
  manager_->UpdateJob(Who(kAlice), update,
                      [&note](const absl::StatusOr<JobSnapshot>& job) { note(job.status()); });
  manager_->DeleteJob(Who(kAlice), id, note);
  EXPECT_THAT(answers, IsEmpty());
  EXPECT_EQ(Get(id).state(), v1::FINISHED) << "not gone before it is gone for good";
  gate.set_value();
  journal_->Flush();
  EXPECT_THAT(answers, ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kNotFound,
                                   absl::StatusCode::kNotFound));
  EXPECT_THAT(*LoadAll(journal_.get()), IsEmpty());
}

TEST_F(JobManagerTest, RecordsThatExpireTogetherGoAFewAtATime) {
  constexpr size_t kRecords = 500;
  for (size_t i = 0; i < kRecords; ++i) Report(Final(Launch(kAlice, Spec()), 0));
  ASSERT_EQ(manager_->CountJobs().records, kRecords);
  std::promise<void> gate;
  journal_->AfterQueued([&gate] { gate.get_future().wait(); });
  clock_.Advance(absl::Hours(1));
  manager_->PokeTimers();
  while (manager_->CountJobs().records == kRecords) std::this_thread::yield();
  EXPECT_GE(manager_->CountJobs().records, kRecords - 64) << "no more than the journal can take";
  gate.set_value();
  while (manager_->CountJobs().records > 0) std::this_thread::yield();
  journal_->Flush();
  EXPECT_THAT(*LoadAll(journal_.get()), IsEmpty());
  EXPECT_EQ(manager_->UsageOf(Who(kAlice)).records, 0u);
}

TEST_F(JobManagerTest, AnAgentThatRestartsEveryMinuteKeepsNoRecordForEver) {
  v1::LaunchSpec spec = Spec();
  spec.mutable_retention()->set_seconds(100);
  const std::string id = Launch(kAlice, spec);
  Report(Final(id, 0));
  Start();
  EXPECT_TRUE(manager_->GetJob(Who(kAlice), id).ok());
  for (int minute = 0; minute < 4; ++minute) {
    clock_.Advance(absl::Seconds(59));
    Start();
  }
  manager_->PokeTimers();
  const absl::Time patience = absl::Now() + absl::Seconds(10);
  while (manager_->GetJob(Who(kAlice), id).ok() && absl::Now() < patience) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(manager_->GetJob(Who(kAlice), id).ok());
}

TEST_F(JobManagerTest, ARestartLeavesTimeToAskForARecordOnce) {
  v1::LaunchSpec spec = Spec();
  spec.mutable_retention()->set_seconds(1);
  const std::string id = Launch(kAlice, spec);
  Report(Final(id, 0));
  manager_.reset();  // While it runs it deletes what expires.
  clock_.Advance(absl::Seconds(1));
  Start();
  clock_.Advance(absl::Seconds(50));
  manager_->PokeTimers();
  EXPECT_TRUE(manager_->GetJob(Who(kAlice), id).ok());
}

TEST_F(JobManagerTest, TheTimesOfARecordAreInOrderWhenTheClockIsStepped) {
  const auto report = [this](jobhost::JobReport said) {
    said.set_started_unix_ns(absl::ToUnixNanos(clock_.Now()));
    if (said.has_main_exit()) {
      said.mutable_main_exit()->set_exited_unix_ns(absl::ToUnixNanos(clock_.Now()));
    }
    said.set_finished_unix_ns(absl::ToUnixNanos(clock_.Now()));
    Report(said);
  };
  const std::string lost = Launch(kAlice, Spec());
  const std::string id = Launch(kAlice, Spec());
  clock_.StepWall(-absl::Hours(1));
  report(Running(id));
  clock_.StepWall(-absl::Hours(1));
  report(Exited(id, 0));
  clock_.StepWall(-absl::Hours(1));
  report(Final(id, 0));
  manager_->OnHostLost("life-1");
  for (const std::string& job_id : {id, lost}) {
    const v1::Job job = Get(job_id);
    const v1::ExitRecord& exit = job.exit();
    absl::Time last = FromTimestampProto(job.created());
    EXPECT_EQ(FromTimestampProto(exit.created()), last);
    std::vector<google::protobuf::Timestamp> times;
    if (job_id == id) times = {job.started(), exit.started(), exit.main_exited()};
    times.push_back(exit.finished());
    times.push_back(job.expires());
    for (const google::protobuf::Timestamp& time : times) {
      EXPECT_GE(FromTimestampProto(time), last) << job.ShortDebugString();
      last = FromTimestampProto(time);
    }
  }
}

TEST_F(JobManagerTest, BoundsAreEachUsersOwn) {
  UserLimits limits;
  limits.max_running_jobs = 1;
  Start(limits);
  const std::string id = Launch(kAlice, Spec());
  Launch(kAlice, Spec());
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(GetFailureDetail(answers_[0].status())->subject(), "max_running_jobs_per_user");
  Launch(kBob, Spec());
  EXPECT_THAT(host_.launched(), SizeIs(2));
  Report(Final(id, 0));
  Launch(kAlice, Spec());
  EXPECT_THAT(host_.launched(), SizeIs(3));
}

TEST_F(JobManagerTest, ADrainingAgentRefusesButStillAnswersRepeatedRequests) {
  const std::string id = Launch(kAlice, Spec("r"));
  Report(Running(id));
  manager_->Drain();
  Launch(kAlice, Spec());
  Launch(kAlice, Spec("r"));
  EXPECT_EQ(answers_[1].status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(answers_[2]->response->job_id(), id);
}

TEST_F(JobManagerTest, AnIntentTheSameHostNeverSawMayBeLaunchedAgain) {
  const std::string id = Launch(kAlice, Spec("r"));
  Start();
  manager_->OnHostReady(FakeJobHost::Life("life-1"), {});
  EXPECT_FALSE(manager_->GetJob(Who(kAlice), id).ok());
  const std::string again = Launch(kAlice, Spec("r"));
  EXPECT_THAT(host_.launched(), ElementsAre(id, again));
}

TEST_F(JobManagerTest, AnIntentOfAnotherHostsLifeIsLost) {
  const std::string id = Launch(kAlice, Spec("r"));
  Start();
  host_.SetInfo(FakeJobHost::Life("life-2"));
  manager_->OnHostReady(FakeJobHost::Life("life-2"), {});
  EXPECT_EQ(Get(id).state(), v1::LOST);
  Launch(kAlice, Spec("r"));
  EXPECT_THAT(host_.launched(), SizeIs(1)) << "it may have run: never twice";
}

TEST_F(JobManagerTest, ARestartedAgentTakesItsJobsOverFromTheHost) {
  const std::string running = Launch(kAlice, Spec());
  const std::string ended = Launch(kAlice, Spec());
  const std::string known = Launch(kAlice, Spec());
  Report(Final(known, 3));
  Start();
  manager_->OnHostReady(FakeJobHost::Life("life-1"), {Running(running), Final(ended, 9)});
  journal_->Flush();
  EXPECT_EQ(Get(running).state(), v1::RUNNING);
  EXPECT_EQ(Get(ended).exit().exit_code(), 9);
  EXPECT_EQ(Get(known).exit().exit_code(), 3);
  EXPECT_THAT(host_.acknowledged(), ElementsAre(known, ended));
}

TEST_F(JobManagerTest, ASignalsReplyReachesItsSender) {
  const std::string id = Launch(kAlice, Spec());
  Report(Running(id));
  absl::Status answer = absl::UnknownError("none yet");
  manager_->Signal(Who(kAlice), id, kSignalInterrupt, v1::SignalRequest::MAIN_PROCESS,
                   [&answer](const absl::Status& status) { answer = status; });
  ASSERT_THAT(host_.signals(), SizeIs(1));
  jobhost::SignalReply reply;
  reply.set_request(host_.signals()[0]);
  reply.set_error(ESRCH);
  reply.set_call("pidfd_send_signal");
  manager_->OnSignalReply(reply);
  EXPECT_EQ(answer.code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(JobManagerTest, ASignalWhoseReplyIsLostIsAnswered) {
  const std::string id = Launch(kAlice, Spec());
  Report(Running(id));
  std::vector<absl::StatusCode> answers;
  const auto signal = [&] {
    manager_->Signal(Who(kAlice), id, kSignalInterrupt, v1::SignalRequest::MAIN_PROCESS,
                     [&answers](const absl::Status& status) { answers.push_back(status.code()); });
  };
  signal();
  manager_->OnHostReady(FakeJobHost::Life("life-1"), {Running(id)});
  EXPECT_THAT(answers, ElementsAre(absl::StatusCode::kUnavailable));
  signal();
  manager_->EndCalls();
  EXPECT_THAT(answers, SizeIs(2));
}

TEST_F(JobManagerTest, ListsPageByPageNewestFirst) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(Launch(kAlice, Spec()));
  v1::ListJobsRequest request;
  request.set_page_size(2);
  std::vector<std::string> listed;
  do {
    const auto page = List(kAlice, request);
    ASSERT_TRUE(page.ok());
    EXPECT_LE(page->jobs_size(), 2);
    for (const auto& job : page->jobs()) listed.push_back(job.job_id());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(listed, ElementsAre(ids[4], ids[3], ids[2], ids[1], ids[0]));
}

}  // namespace
}  // namespace proctor
