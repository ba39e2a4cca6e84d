// Callers that go at any moment: what they held is let go, and nothing runs on for nobody.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/agent/rpc/served_agent.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using ::testing::IsEmpty;

using AbandonedCallsTest = ServedAgentTest;

TEST_F(AbandonedCallsTest, ARunThatIsCancelledBeforeTheProgramRunsEndsTheJobThen) {
  StartHost(absl::Minutes(10));  // Longer than the test.
  const auto stub = Connect();
  grpc::ClientContext context;
  v1::RunRequest request;
  *request.mutable_spec() = Spec("r");
  const auto run = stub->Run(&context, request);
  // Somebody else joins the launch, and goes as well.
  grpc::ClientContext joined_context;
  const auto joined = stub->Run(&joined_context, request);
  ASSERT_TRUE(Eventually([this] { return jobs_->CountObservers() == 2; }));
  context.TryCancel();
  EXPECT_EQ(run->Finish().error_code(), grpc::CANCELLED);
  ASSERT_TRUE(Eventually([this] { return jobs_->CountObservers() == 1; }));
  joined_context.TryCancel();
  EXPECT_EQ(joined->Finish().error_code(), grpc::CANCELLED);
  EXPECT_TRUE(Eventually([this] { return jobs_->CountObservers() == 0; }));
}

TEST_F(AbandonedCallsTest, ALaunchPastItsDeadlineLeavesNoJobUnlessItCanBeRepeated) {
  StartHost(absl::Milliseconds(200));  // At least half of it: long past the deadline.
  const auto stub = Connect();
  std::vector<std::string> kept;
  for (int i = 0; i < 50; ++i) {
    for (const bool repeatable : {false, true}) {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(1));
      v1::LaunchRequest request;
      *request.mutable_spec() = Spec(repeatable ? absl::StrCat("r", i) : "");
      v1::LaunchResponse response;
      if (stub->Launch(&context, request, &response).ok()) kept.push_back(response.job_id());
    }
  }
  const auto all_expected = [&] {
    const std::vector<v1::Job> running = Running();
    return std::all_of(running.begin(), running.end(), [&kept](const v1::Job& job) {
      return !job.spec().request_id().empty() ||
             std::find(kept.begin(), kept.end(), job.job_id()) != kept.end();
    });
  };
  EXPECT_TRUE(Eventually(all_expected));
}

std::chrono::system_clock::time_point Soon() {
  return std::chrono::system_clock::now() + std::chrono::seconds(30);
}

TEST_F(AbandonedCallsTest, WhoLosesTheRightIsAnsweredLikeAStrangerInTheMiddleOfACall) {
  StartHost(absl::ZeroDuration());
  const std::unique_ptr<IdentityServer> bobs_server = NewServer(kBob);
  const auto alice = Connect();
  const auto bob = Connect(*bobs_server);
  v1::LaunchRequest launch;
  *launch.mutable_spec() = Spec();
  v1::AccessGrant* const grant = launch.mutable_spec()->add_share_with();
  grant->set_user(absl::StrCat(kBob));
  grant->add_rights(v1::READ_OUTPUT);
  v1::LaunchResponse launched;
  grpc::ClientContext launch_context;
  ASSERT_TRUE(alice->Launch(&launch_context, launch, &launched).ok());
  grpc::Status waited;
  grpc::Status followed;
  std::thread waiting([&] {
    grpc::ClientContext context;
    context.set_deadline(Soon());
    v1::WaitRequest request;
    request.set_job_id(launched.job_id());
    v1::WaitResponse response;
    waited = bob->Wait(&context, request, &response);
  });
  std::thread following([&] {
    grpc::ClientContext context;
    context.set_deadline(Soon());
    v1::ReadOutputRequest request;
    request.set_job_id(launched.job_id());
    request.set_stream(v1::STDOUT);
    request.set_follow(true);
    v1::ReadOutputResponse response;
    const auto reader = bob->ReadOutput(&context, request);
    EXPECT_FALSE(reader->Read(&response));
    followed = reader->Finish();
  });
  EXPECT_TRUE(Eventually([this] { return jobs_->CountObservers() == 2; }));
  v1::UpdateJobRequest update;
  update.set_job_id(launched.job_id());
  update.mutable_share_with();
  v1::UpdateJobResponse updated;
  grpc::ClientContext update_context;
  EXPECT_TRUE(alice->UpdateJob(&update_context, update, &updated).ok());
  waiting.join();
  following.join();
  grpc::ClientContext stranger_context;
  v1::GetJobRequest get;
  get.set_job_id(launched.job_id());
  v1::GetJobResponse got;
  const grpc::Status stranger = bob->GetJob(&stranger_context, get, &got);
  EXPECT_EQ(stranger.error_code(), grpc::NOT_FOUND);
  for (const grpc::Status& status : {waited, followed}) {
    EXPECT_EQ(status.error_code(), stranger.error_code());
    EXPECT_EQ(status.error_message(), stranger.error_message());
  }
}

TEST_F(AbandonedCallsTest, NothingIsLaunchedForWhoWentWhileItWasPrepared) {
  StartHost(absl::ZeroDuration());
  StartWorkers();
  pipeline_.Close();
  const auto stub = Connect();
  v1::RunRequest run;
  *run.mutable_spec() = Spec();
  grpc::ClientContext run_context;
  run_context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  EXPECT_EQ(stub->Run(&run_context, run)->Finish().error_code(), grpc::DEADLINE_EXCEEDED);
  v1::LaunchRequest launch;
  *launch.mutable_spec() = Spec();
  grpc::ClientContext launch_context;
  launch_context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  v1::LaunchResponse response;
  EXPECT_EQ(stub->Launch(&launch_context, launch, &response).error_code(), grpc::DEADLINE_EXCEEDED);
  server_ = nullptr;  // Returns when gRPC is done with both.
  pipeline_.Open();
  EXPECT_TRUE(workers_->Stop(absl::Seconds(10)));
  EXPECT_THAT(Running(), IsEmpty());
  EXPECT_EQ(jobs_->CountObservers(), 0u);
}

// What one thread of the stress does: calls that are cut off at random moments.
class HastyCaller {
 public:
  HastyCaller(std::unique_ptr<v1::Agent::Stub> stub, unsigned seed)
      : stub_(std::move(stub)), random_(seed) {}

  void Call() {
    ++calls_;
    switch (Random(0, 6)) {
      case 0:
        return Launch("");
      case 1:
        return Launch(RequestId("launch"));
      case 2:
        return Run("");
      case 3:
        return Run(RequestId("run"));
      case 4:
        return Wait();
      case 5:
        return Random(0, 1) == 0 ? ReadOutput() : Watch();
      default:
        return Kill();
    }
  }

 private:
  int Random(int least, int most) {
    return std::uniform_int_distribution<int>(least, most)(random_);
  }
  // One of few at a time, so that several callers have the same.
  std::string RequestId(const std::string& kind) {
    return absl::StrCat(kind, "-", calls_ / 20, "-", Random(0, 1));
  }
  void SetDeadline(grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() +
                          std::chrono::microseconds(Random(50, 8000)));
  }
  v1::LaunchSpec Spec(const std::string& request_id) {
    v1::LaunchSpec spec;
    spec.add_argv("/bin/true");
    spec.set_request_id(request_id);
    return spec;
  }

  void Launch(const std::string& request_id) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::LaunchRequest request;
    *request.mutable_spec() = Spec(request_id);
    v1::LaunchResponse response;
    if (!stub_->Launch(&context, request, &response).ok()) return;
    last_job_ = response.job_id();
  }

  void Run(const std::string& request_id) {
    v1::RunRequest request;
    *request.mutable_spec() = Spec(request_id);
    Read<v1::RunResponse>(
        [&](grpc::ClientContext* context) { return stub_->Run(context, request); },
        [this](const v1::RunResponse& response) {
          if (response.has_launched()) last_job_ = response.launched().job_id();
        });
  }

  void Wait() {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::WaitRequest request;
    request.set_job_id(last_job_);
    v1::WaitResponse response;
    stub_->Wait(&context, request, &response);
  }

  void Kill() {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::KillRequest request;
    request.set_job_id(last_job_);
    v1::KillResponse response;
    stub_->Kill(&context, request, &response);
  }

  void ReadOutput() {
    v1::ReadOutputRequest request;
    request.set_job_id(last_job_);
    request.set_stream(v1::STDOUT);
    request.set_follow(true);
    Read<v1::ReadOutputResponse>(
        [&](grpc::ClientContext* context) { return stub_->ReadOutput(context, request); },
        [](const v1::ReadOutputResponse&) {});
  }

  void Watch() {
    Read<v1::WatchJobsResponse>(
        [&](grpc::ClientContext* context) { return stub_->WatchJobs(context, {}); },
        [](const v1::WatchJobsResponse&) {});
  }

  // Reads to the end, or to a random message.
  template <typename Response>
  void Read(const std::function<
                std::unique_ptr<grpc::ClientReader<Response>>(grpc::ClientContext*)>& start,
            const std::function<void(const Response&)>& on_message) {
    grpc::ClientContext context;
    SetDeadline(&context);
    const auto reader = start(&context);
    int left = Random(0, 5);
    Response response;
    while (left-- > 0 && reader->Read(&response)) on_message(response);
    context.TryCancel();
    reader->Finish();
  }

  const std::unique_ptr<v1::Agent::Stub> stub_;
  std::minstd_rand random_;
  int calls_ = 0;
  std::string last_job_;
};

// With launches that are prepared by the call's own thread, and by others.
class HastyCallersTest : public AbandonedCallsTest, public testing::WithParamInterface<bool> {};

TEST_P(HastyCallersTest, ThousandsOfCallsCutOffAtRandomMomentsLeaveNothing) {
  constexpr int kThreads = 6;
  constexpr int kCalls = 700;
  StartHost(absl::Milliseconds(4));
  if (GetParam()) StartWorkers();
  std::vector<std::unique_ptr<HastyCaller>> callers;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    callers.push_back(std::make_unique<HastyCaller>(Connect(), kSimulationSeed + i));
    threads.emplace_back([&caller = *callers.back()] {
      for (int call = 0; call < kCalls; ++call) caller.Call();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(Eventually([this] { return jobs_->CountObservers() == 0; }))
      << jobs_->CountObservers() << " calls are held, seed " << kSimulationSeed;
  std::vector<std::string> left;
  EXPECT_TRUE(Eventually([&] {
    left.clear();
    for (const v1::Job& job : Running()) {
      // A launch is kept for who repeats it or has its answer, which may have been on its way when
      // its caller went.
      if (job.on_caller_gone().action() == v1::OnCallerGone::KILL) {
        left.push_back(job.ShortDebugString());
      }
    }
    return left.empty();
  }));
  EXPECT_THAT(left, IsEmpty()) << "seed " << kSimulationSeed;
}

INSTANTIATE_TEST_SUITE_P(, HastyCallersTest, testing::Bool());

}  // namespace
}  // namespace proctor
