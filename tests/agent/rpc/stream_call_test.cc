#include "agent/rpc/stream_call.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/unique_fd.h"
#include "tests/agent/rpc/served_agent.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

// Jobs whose output comes from a disk that does not answer.
class StreamCallTest : public ServedAgentTest {
 protected:
  StreamCallTest() { StartHost(absl::ZeroDuration()); }

  static void SetDeadline(grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() + kPatience);
  }
  std::string Launch(v1::Agent::Stub* stub) {
    grpc::ClientContext context;
    v1::LaunchRequest request;
    *request.mutable_spec() = Spec();
    v1::LaunchResponse response;
    EXPECT_TRUE(stub->Launch(&context, request, &response).ok());
    return response.job_id();
  }
  static grpc::Status Kill(v1::Agent::Stub* stub, const std::string& job_id) {
    grpc::ClientContext context;
    SetDeadline(&context);
    v1::KillRequest request;
    request.set_job_id(job_id);
    v1::KillResponse response;
    return stub->Kill(&context, request, &response);
  }

  // Whoever opens the job's output waits from now on.
  void BlockOutput(const std::string& job_id) {
    fifo_ = spool_.PathOf(job_id, /*standard_error=*/false);
    ASSERT_EQ(::mkfifo(fifo_.c_str(), 0600), 0);
  }
  // The FIFO can be opened for writing only while a reader waits for it.
  bool OpenForReader() {
    writer_ = UniqueFd(::open(fifo_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    return writer_.valid();
  }

  // Of `slow`, whose follower has read `kept` bytes, the host reports one more, and no disk gives
  // it: the host's next report, that the other job has ended, is heard all the same.
  void ExpectReportsGoOn(v1::Agent::Stub* stub, const std::string& slow, const std::string& other,
                         uint64_t kept) {
    BlockOutput(slow);
    host_->ReportOutput(slow, kept + 1);
    const grpc::Status killed = Kill(stub, other);
    EXPECT_TRUE(killed.ok()) << killed.error_message();
    EXPECT_TRUE(Eventually([this] { return OpenForReader(); }));
  }

  std::string fifo_;
  UniqueFd writer_;
};

TEST_F(StreamCallTest, AReaderWhoseDiskDoesNotAnswerHoldsUpNoReport) {
  const auto stub = Connect();
  const std::string slow = Launch(stub.get());
  const std::string other = Launch(stub.get());
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ReadOutputRequest request;
  request.set_job_id(slow);
  request.set_stream(v1::STDOUT);
  request.set_follow(true);
  const auto reader = stub->ReadOutput(&context, request);
  ASSERT_TRUE(Eventually([this] { return host_->follows() == 1; }));
  ExpectReportsGoOn(stub.get(), slow, other, 0);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::CANCELLED);
}

TEST_F(StreamCallTest, ARunWhoseDiskDoesNotAnswerHoldsUpNoReport) {
  const auto stub = Connect();
  const std::string other = Launch(stub.get());
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::RunRequest request;
  *request.mutable_spec() = Spec();
  const auto run = stub->Run(&context, request);
  v1::RunResponse response;
  ASSERT_TRUE(run->Read(&response));
  ASSERT_TRUE(response.has_launched());
  const std::string slow = response.launched().job_id();
  // The first look at the output, which gRPC's thread takes, is over when the call follows both.
  host_->ReportOutput(slow, 1);
  ASSERT_TRUE(Eventually([this] { return host_->follows() >= 1; }));
  ExpectReportsGoOn(stub.get(), slow, other, 1);
  context.TryCancel();
  EXPECT_EQ(run->Finish().error_code(), grpc::CANCELLED);
}

}  // namespace
}  // namespace proctor
