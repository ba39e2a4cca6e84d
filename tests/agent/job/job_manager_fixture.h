#ifndef PROCTOR_TESTS_AGENT_JOB_JOB_MANAGER_FIXTURE_H_
#define PROCTOR_TESTS_AGENT_JOB_JOB_MANAGER_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/job/job_id.h"
#include "agent/job/job_manager.h"
#include "tests/agent/fake_clock.h"
#include "tests/agent/job/fake_job_host.h"
#include "tests/agent/job/list_page.h"
#include "tests/agent/job/load_all.h"
#include "tests/agent/job/temporary_directory.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {

inline constexpr uint32_t kAlice = 1001;
inline constexpr uint32_t kBob = 1002;

inline Principal Who(uint32_t uid) { return Principal::Posix(uid, uid, {}, ""); }

// Counts changes, and lets a test wait for one.
class CountingObserver final : public JobObserver {
 public:
  void OnChange() override {
    MutexLock lock(&mutex_);
    ++changes_;
    changed_.NotifyAll();
  }
  bool AwaitChangeAfter(int seen) {
    MutexLock lock(&mutex_);
    while (changes_ <= seen) {
      if (!changed_.WaitFor(&mutex_, absl::Seconds(10))) return false;
    }
    return true;
  }
  int changes() {
    MutexLock lock(&mutex_);
    return changes_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int changes_ ABSL_GUARDED_BY(mutex_) = 0;
};

class JobManagerTest : public ::testing::Test {
 protected:
  JobManagerTest() { Start(); }

  // A manager as after a start of the agent, on the same journal.
  void Start(absl::optional<UserLimits> limits = absl::nullopt) {
    holds_.clear();
    manager_.reset();
    journal_.reset();
    journal_ = *Journal::Open(directory_.path() + "/journal.db");
    JobManager::Options options;
    options.limits = limits.value_or(UserLimits());
    options.event_ring_size = event_ring_size_;
    options.agent_life = NewJobId();
    options.digest_key = *journal_->DigestKey();
    manager_ = std::make_unique<JobManager>(options, JobAccess::Create(policy_), &clock_,
                                            journal_.get(), &spool_, [](const JobAudit&) {});
    ASSERT_TRUE(manager_->Recover().ok());
    manager_->SetHost(&host_);
  }

  // Puts `count` finished records of Alice's into the journal and starts on them.
  void StartWithRecords(size_t count) {
    v1::Job job;
    *job.mutable_owner() = Who(kAlice).proto();
    *job.mutable_user() = job.owner();
    job.set_state(v1::FINISHED);
    job.mutable_spec()->add_argv("/bin/true");
    for (size_t i = 0; i < count; ++i) {
      JournalEntry entry;
      entry.job_id = absl::StrCat("job", i);
      job.set_job_id(entry.job_id);
      entry.owner = absl::StrCat(kAlice);
      entry.job = job.SerializeAsString();
      entry.final = true;
      entry.expires_unix_ns = absl::ToUnixNanos(clock_.Now() + absl::Hours(1));
      journal_->Put(std::move(entry), nullptr);
    }
    journal_->Flush();
    Start();
  }

  static v1::LaunchSpec Spec(const std::string& request_id = "") {
    v1::LaunchSpec spec;
    spec.add_argv("/bin/true");
    spec.set_request_id(request_id);
    return spec;
  }

  // Returns the job's id; its answer goes to answers_, the observer's hold to holds_.
  std::string Launch(uint32_t uid, const v1::LaunchSpec& spec,
                     std::shared_ptr<JobObserver> observer = nullptr,
                     LaunchKind kind = LaunchKind::kLaunch) {
    LaunchOrder order{
        NewJobId(),   TokenTestPeer::Launch(uid), spec, LaunchParameters(), false, Private(uid),
        absl::nullopt};
    return Launch(std::move(order), kind, std::move(observer));
  }

  std::string Launch(LaunchOrder order, LaunchKind kind = LaunchKind::kLaunch,
                     std::shared_ptr<JobObserver> observer = nullptr) {
    const std::string id = order.job_id;
    holds_.push_back(manager_->Launch(
        std::move(order), kind, std::move(observer),
        [this](absl::StatusOr<LaunchOutcome> outcome) { answers_.push_back(std::move(outcome)); }));
    journal_->Flush();
    return id;
  }

  // A job that its owner runs as itself and shares with nobody.
  static std::shared_ptr<const JobSecurity> Private(uint32_t uid) {
    const auto owner = std::make_shared<const Principal>(Who(uid));
    return std::make_shared<const JobSecurity>(owner, owner, v1::AccessList());
  }

  // Returns what it is answered with once the journal has written.
  absl::StatusOr<v1::Job> Update(uint32_t uid, JobUpdate update) {
    absl::StatusOr<v1::Job> answer = absl::DeadlineExceededError("no answer");
    manager_->UpdateJob(Who(uid), std::move(update),
                        [&answer](const absl::StatusOr<JobSnapshot>& job) {
                          if (job.ok()) {
                            answer = job->Whole();
                          } else {
                            answer = job.status();
                          }
                        });
    journal_->Flush();
    return answer;
  }

  // Returns what it is answered with.
  absl::StatusOr<v1::ListJobsResponse> List(uint32_t uid, const v1::ListJobsRequest& request) {
    return ListPage(manager_.get(), std::make_shared<const Principal>(Who(uid)), request);
  }

  // Returns what it is answered with.
  absl::Status Delete(uint32_t uid, const std::string& id) {
    absl::Status answer = absl::DeadlineExceededError("no answer");
    manager_->DeleteJob(Who(uid), id, [&answer](absl::Status status) { answer = status; });
    journal_->Flush();
    return answer;
  }

  static jobhost::JobReport Running(const std::string& id) {
    jobhost::JobReport report;
    report.set_job_id(id);
    report.set_phase(jobhost::RUNNING);
    report.set_pid(4711);
    report.set_start_time_ticks(99);
    report.set_started_unix_ns(1);
    report.set_containment(jobhost::CGROUP_V2);
    return report;
  }

  static jobhost::JobReport Exited(const std::string& id, int code) {
    jobhost::JobReport report = Running(id);
    report.set_phase(jobhost::DRAINING);
    report.mutable_main_exit()->set_code(jobhost::BY_EXIT);
    report.mutable_main_exit()->set_wait_status(code);
    report.mutable_main_exit()->set_cause(jobhost::BY_ITSELF);
    return report;
  }

  static jobhost::JobReport Final(const std::string& id, int code) {
    jobhost::JobReport report = Exited(id, code);
    report.set_phase(jobhost::FINAL);
    report.set_finished_unix_ns(2);
    return report;
  }

  void Report(const jobhost::JobReport& report) {
    manager_->OnJobReport(report);
    journal_->Flush();
  }

  v1::Job Get(const std::string& id) { return *manager_->GetJob(Who(kAlice), id); }

  const PolicySource* policy_ = nullptr;  // Of the next Start().
  size_t event_ring_size_ = 16384;
  TemporaryDirectory directory_;
  FakeClock clock_;
  SpoolReader spool_{directory_.path()};
  FakeJobHost host_;
  std::unique_ptr<Journal> journal_;
  std::vector<absl::StatusOr<LaunchOutcome>> answers_;
  std::unique_ptr<JobManager> manager_;
  std::vector<std::shared_ptr<JobSubscription>> holds_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_JOB_JOB_MANAGER_FIXTURE_H_
