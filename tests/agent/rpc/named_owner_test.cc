#include "agent/rpc/named_owner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/mutex.h"
#include "tests/agent/rpc/served_agent.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

// Knows Alice, and answers when it is open.
class SlowAccountNames final : public AccountNames {
 public:
  absl::StatusOr<std::string> UserKey(absl::string_view name) const override {
    MutexLock lock(&mutex_);
    ++asked_;
    while (!open_) opened_.Wait(&mutex_);
    if (name != "alice") return absl::NotFoundError(absl::StrCat("no user '", name, "'"));
    return absl::StrCat(kAlice);
  }
  absl::StatusOr<std::string> GroupKey(absl::string_view name) const override {
    return UserKey(name);
  }
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    opened_.NotifyAll();
  }
  int asked() const {
    MutexLock lock(&mutex_);
    return asked_;
  }

 private:
  mutable Mutex mutex_;
  mutable CondVar opened_;
  mutable int asked_ ABSL_GUARDED_BY(mutex_) = 0;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

class NamedOwnerTest : public ServedAgentTest {
 protected:
  NamedOwnerTest() {
    core_.names = &names_;
    StartHost(absl::ZeroDuration());
  }
  ~NamedOwnerTest() override {
    names_.Open();
    server_ = nullptr;
    workers_->Stop(absl::Seconds(10));
  }

  static void SetDeadline(grpc::ClientContext* context, absl::Duration after) {
    context->set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(after));
  }
  static grpc::Status List(v1::Agent::Stub* stub, const std::string& owner,
                           absl::Duration patience = absl::Seconds(30),
                           v1::ListJobsResponse* response = nullptr) {
    grpc::ClientContext context;
    SetDeadline(&context, patience);
    v1::ListJobsRequest request;
    request.mutable_filter()->set_owner(owner);
    v1::ListJobsResponse ignored;
    return stub->ListJobs(&context, request, response == nullptr ? &ignored : response);
  }
  static grpc::Status Watch(v1::Agent::Stub* stub, const std::string& owner,
                            absl::Duration patience = absl::Seconds(30)) {
    grpc::ClientContext context;
    SetDeadline(&context, patience);
    v1::WatchJobsRequest request;
    request.mutable_filter()->set_owner(owner);
    const auto reader = stub->WatchJobs(&context, request);
    v1::WatchJobsResponse response;
    if (reader->Read(&response)) context.TryCancel();
    return reader->Finish();
  }

  SlowAccountNames names_;
};

TEST_F(NamedOwnerTest, ANameServiceThatDoesNotAnswerHoldsUpNobodyElse) {
  StartWorkers();
  const std::unique_ptr<IdentityServer> bobs_server = NewServer(kBob);
  std::vector<std::thread> callers;
  std::atomic<int> refused = 0;
  for (int i = 0; i < 32; ++i) {
    callers.emplace_back([&, i, stub = Connect(*bobs_server)] {
      const grpc::Status status =
          i % 2 == 0 ? List(stub.get(), "alice") : Watch(stub.get(), "alice");
      if (!status.ok() && status.error_code() != grpc::CANCELLED) ++refused;
    });
  }
  EXPECT_TRUE(Eventually([this] { return names_.asked() >= 2; }));
  const grpc::Status unnamed = List(Connect().get(), "", absl::Seconds(10));
  EXPECT_TRUE(unnamed.ok()) << unnamed.error_message();
  names_.Open();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(refused, 0);
}

TEST_F(NamedOwnerTest, CallsThatAreGivenUpEndBeforeTheNameServiceAnswers) {
  StartWorkers();
  const auto stub = Connect();
  EXPECT_EQ(Watch(stub.get(), "alice", absl::Milliseconds(50)).error_code(),
            grpc::DEADLINE_EXCEEDED);
  EXPECT_EQ(List(stub.get(), "alice", absl::Milliseconds(50)).error_code(),
            grpc::DEADLINE_EXCEEDED);
  std::atomic<bool> gone = false;
  std::thread shutdown([&] {
    server_ = nullptr;  // Returns when gRPC is done with both.
    gone = true;
  });
  EXPECT_TRUE(Eventually([&gone] { return gone.load(); }));
  names_.Open();
  shutdown.join();
  EXPECT_TRUE(workers_->Stop(absl::Seconds(10)));
  EXPECT_EQ(jobs_->CountObservers(), 0u);
}

TEST_F(NamedOwnerTest, ANameServiceThatTakesTooLongIsToldOf) {
  UserWorkers::Options options;
  options.deadline = absl::Milliseconds(50);
  StartWorkers(options);
  const auto stub = Connect();
  for (const grpc::Status& status : {List(stub.get(), "alice"), Watch(stub.get(), "alice")}) {
    EXPECT_EQ(status.error_code(), grpc::DEADLINE_EXCEEDED);
    EXPECT_THAT(status.error_message(), HasSubstr("could not be prepared"));
  }
}

TEST_F(NamedOwnerTest, ANameThatNobodyHasIsRefused) {
  StartWorkers();
  names_.Open();
  const auto stub = Connect();
  for (const grpc::Status& status : {List(stub.get(), "mallory"), Watch(stub.get(), "mallory")}) {
    EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("filter.owner"));
    EXPECT_THAT(status.error_message(), HasSubstr("no user 'mallory'"));
  }
}

TEST_F(NamedOwnerTest, TheJobsOfTheNamedOneAreListed) {
  StartWorkers();
  names_.Open();
  const auto stub = Connect();
  grpc::ClientContext context;
  v1::LaunchRequest launch;
  *launch.mutable_spec() = Spec();
  v1::LaunchResponse launched;
  ASSERT_TRUE(stub->Launch(&context, launch, &launched).ok());
  v1::ListJobsResponse page;
  ASSERT_TRUE(List(stub.get(), "alice", absl::Seconds(30), &page).ok());
  ASSERT_EQ(page.jobs_size(), 1);
  EXPECT_EQ(page.jobs(0).job_id(), launched.job_id());
}

}  // namespace
}  // namespace proctor
