// Callers that go while their job is being launched.

#include <gmock/gmock.h>
#include <grpcpp/channel.h>

#include <chrono>
#include <random>

#include "proctor/v1/agent.grpc.pb.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

constexpr unsigned kSeed = 20'261'129;
constexpr int kCalls = 200;
constexpr int kLongestMs = 30;

class AbandonedTest : public ConformanceTest {
 protected:
  void SetUp() override {
    ConformanceTest::SetUp();
    stub_ = v1::Agent::NewStub(Must(client().AuthenticatedChannel()));
  }

  // For a call that ends at a random moment.
  void SetDeadline(grpc::ClientContext* context) {
    const int micros = std::uniform_int_distribution<int>(100, kLongestMs * 1000)(random_);
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::microseconds(micros));
  }

  // Jobs that run; waits until there are none.
  std::vector<std::string> LeftRunning() {
    v1::JobFilter filter;
    for (const v1::JobState state : {v1::CREATED, v1::RUNNING, v1::DRAINING}) {
      filter.add_states(state);
    }
    std::vector<std::string> left;
    Eventually([&] {
      left.clear();
      for (const v1::Job& job : Must(client().ListAllJobs(filter))) {
        left.push_back(job.job_id());
      }
      return left.empty();
    });
    return left;
  }

  std::unique_ptr<v1::Agent::Stub> stub_;
  std::minstd_rand random_{kSeed};
};

TEST_F(AbandonedTest, NoJobOfARunOutlivesItsCaller) {
  v1::RunRequest request;
  *request.mutable_spec() = Spec("wait_for_end");
  for (int i = 0; i < kCalls; ++i) {
    // Half of them find the job of the one before, which may be on its way.
    if (i % 4 == 0) request.mutable_spec()->clear_request_id();
    if (i % 4 == 1) request.mutable_spec()->set_request_id(std::to_string(i));
    grpc::ClientContext context;
    SetDeadline(&context);
    const auto reader = stub_->Run(&context, request);
    v1::RunResponse response;
    while (reader->Read(&response)) {
    }
    reader->Finish();
  }
  EXPECT_THAT(LeftRunning(), ::testing::IsEmpty()) << "seed " << kSeed;
}

}  // namespace
}  // namespace proctor
