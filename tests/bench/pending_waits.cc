#include "tests/bench/pending_waits.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <utility>

#include "common/clock.h"
#include "proctor/v1/agent.grpc.pb.h"

namespace proctor::bench {
namespace {

struct OpenWait {
  grpc::ClientContext context;
  v1::WaitResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::WaitResponse>> call;
};

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

class PendingWaitsImpl final : public PendingWaits {
 public:
  PendingWaitsImpl(const std::string& target, std::string job_id)
      : stub_(v1::Agent::NewStub(grpc::CreateChannel(target, grpc::InsecureChannelCredentials()))),
        job_id_(std::move(job_id)) {}

  ~PendingWaitsImpl() override {
    for (OpenWait& wait : waits_) wait.context.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  absl::Status OpenAll(int count) {
    v1::WaitRequest request;
    request.set_job_id(job_id_);
    for (int i = 0; i < count; ++i) {
      OpenWait& wait = waits_.emplace_back();
      wait.call = stub_->AsyncWait(&wait.context, request, &queue_);
      wait.call->Finish(&wait.response, &wait.status, &wait);
    }
    grpc::ClientContext context;
    v1::DescribeAgentResponse response;
    return FromGrpc(stub_->DescribeAgent(&context, {}, &response));
  }

  absl::StatusOr<absl::Duration> KillAndCollect() override {
    grpc::ClientContext context;
    v1::KillRequest request;
    request.set_job_id(job_id_);
    request.mutable_grace_period();
    v1::KillResponse response;
    grpc::Status killed;
    const absl::Duration start = Clock::Real()->Monotonic();
    auto kill = stub_->AsyncKill(&context, request, &queue_);
    kill->Finish(&response, &killed, &killed);
    absl::Status failure;
    void* tag = nullptr;
    bool ok = false;
    absl::Duration last;
    for (size_t left = waits_.size() + 1; left > 0 && queue_.Next(&tag, &ok); --left) {
      if (tag == &killed) continue;
      failure.Update(FromGrpc(static_cast<OpenWait*>(tag)->status));
      last = Clock::Real()->Monotonic();
    }
    failure.Update(FromGrpc(killed));
    if (!failure.ok()) return failure;
    return last - start;
  }

 private:
  std::unique_ptr<v1::Agent::Stub> stub_;
  const std::string job_id_;
  std::deque<OpenWait> waits_;  // Its elements stay where they are.
  grpc::CompletionQueue queue_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PendingWaits>> PendingWaits::Open(const std::string& target,
                                                                 const std::string& job_id,
                                                                 int count) {
  auto waits = std::make_unique<PendingWaitsImpl>(target, job_id);
  const absl::Status opened = waits->OpenAll(count);
  if (!opened.ok()) return opened;
  return std::unique_ptr<PendingWaits>(std::move(waits));
}

}  // namespace proctor::bench
