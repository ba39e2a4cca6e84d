#include "tests/bench/job_load.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/clock.h"
#include "proctor/v1/agent.grpc.pb.h"

namespace proctor::bench {
namespace {

// One job at a time, again and again. Driven by the completion queue, whose tag it is.
class Lane {
 public:
  Lane(v1::Agent::Stub* stub, grpc::CompletionQueue* queue) : stub_(stub), queue_(queue) {}
  virtual ~Lane() = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  virtual void StartOperation() = 0;
  // The call made progress. Returns whether the operation is over.
  virtual bool Proceed(bool ok) = 0;

  absl::Status status() const {
    if (status_.ok()) return absl::OkStatus();
    return absl::Status(static_cast<absl::StatusCode>(status_.error_code()),
                        status_.error_message());
  }

  absl::Duration started;

 protected:
  // A call lives in its context's memory: end it before asking for the next context.
  grpc::ClientContext* NewContext() { return &context_.emplace(); }

  v1::Agent::Stub* const stub_;
  grpc::CompletionQueue* const queue_;
  grpc::Status status_;

 private:
  absl::optional<grpc::ClientContext> context_;
};

class LaunchWaitLane final : public Lane {
 public:
  LaunchWaitLane(v1::Agent::Stub* stub, grpc::CompletionQueue* queue, const v1::LaunchSpec& spec)
      : Lane(stub, queue) {
    *launch_.mutable_spec() = spec;
  }

  void StartOperation() override {
    waiting_ = false;
    wait_call_.reset();
    launch_call_ = stub_->AsyncLaunch(NewContext(), launch_, queue_);
    launch_call_->Finish(&launched_, &status_, this);
  }

  bool Proceed(bool) override {
    if (waiting_ || !status_.ok()) {
      if (status_.ok() && waited_.exit().exit_code() != 0) {
        status_ = grpc::Status(grpc::StatusCode::INTERNAL, waited_.ShortDebugString());
      }
      return true;
    }
    waiting_ = true;
    launch_call_.reset();
    v1::WaitRequest request;
    request.set_job_id(launched_.job_id());
    wait_call_ = stub_->AsyncWait(NewContext(), request, queue_);
    wait_call_->Finish(&waited_, &status_, this);
    return false;
  }

 private:
  v1::LaunchRequest launch_;
  v1::LaunchResponse launched_;
  v1::WaitResponse waited_;
  bool waiting_ = false;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::LaunchResponse>> launch_call_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<v1::WaitResponse>> wait_call_;
};

class RunLane final : public Lane {
 public:
  RunLane(v1::Agent::Stub* stub, grpc::CompletionQueue* queue, const v1::LaunchSpec& spec)
      : Lane(stub, queue) {
    *request_.mutable_spec() = spec;
  }

  void StartOperation() override {
    finishing_ = false;
    finished_ = false;
    call_.reset();
    call_ = stub_->AsyncRun(NewContext(), request_, queue_, this);
  }

  bool Proceed(bool ok) override {
    if (finishing_) {
      if (status_.ok() && !finished_) {
        status_ = grpc::Status(grpc::StatusCode::DATA_LOSS, "Run ended without a final record");
      }
      return true;
    }
    if (event_.has_finished()) finished_ = true;
    if (ok) {
      event_.Clear();
      call_->Read(&event_, this);
    } else {
      finishing_ = true;
      call_->Finish(&status_, this);
    }
    return false;
  }

 private:
  v1::RunRequest request_;
  v1::RunResponse event_;
  bool finishing_ = false;
  bool finished_ = false;
  std::unique_ptr<grpc::ClientAsyncReader<v1::RunResponse>> call_;
};

std::unique_ptr<Lane> MakeLane(JobCalls calls, v1::Agent::Stub* stub, grpc::CompletionQueue* queue,
                               const v1::LaunchSpec& spec) {
  if (calls == JobCalls::kRun) return std::make_unique<RunLane>(stub, queue, spec);
  return std::make_unique<LaunchWaitLane>(stub, queue, spec);
}

// Starts every lane and keeps them going until `deadline`; returns the latencies.
absl::StatusOr<std::vector<absl::Duration>> Drive(std::vector<std::unique_ptr<Lane>>* lanes,
                                                  grpc::CompletionQueue* queue,
                                                  absl::Duration deadline) {
  std::vector<absl::Duration> latencies;
  for (const std::unique_ptr<Lane>& lane : *lanes) {
    lane->started = Clock::Real()->Monotonic();
    lane->StartOperation();
  }
  absl::Status failure;
  size_t active = lanes->size();
  void* tag = nullptr;
  bool ok = false;
  while (active > 0 && queue->Next(&tag, &ok)) {
    Lane* lane = static_cast<Lane*>(tag);
    if (!lane->Proceed(ok)) continue;
    const absl::Duration now = Clock::Real()->Monotonic();
    latencies.push_back(now - lane->started);
    failure.Update(lane->status());
    if (now >= deadline || !failure.ok()) {
      --active;
      continue;
    }
    lane->started = now;
    lane->StartOperation();
  }
  if (!failure.ok()) return failure;
  return latencies;
}

}  // namespace

absl::StatusOr<LoadResult> RunJobLoad(const std::string& target, const v1::LaunchSpec& spec,
                                      JobCalls calls, int in_flight, absl::Duration duration) {
  const std::shared_ptr<grpc::Channel> channel =
      grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
  const std::unique_ptr<v1::Agent::Stub> stub = v1::Agent::NewStub(channel);
  if (!channel->WaitForConnected(
          gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(10, GPR_TIMESPAN)))) {
    return absl::UnavailableError(absl::StrCat("no connection to ", target));
  }
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Lane>> lanes;
  for (int i = 0; i < in_flight; ++i) lanes.push_back(MakeLane(calls, stub.get(), &queue, spec));
  const absl::Duration start = Clock::Real()->Monotonic();
  absl::StatusOr<std::vector<absl::Duration>> latencies = Drive(&lanes, &queue, start + duration);
  const absl::Duration elapsed = Clock::Real()->Monotonic() - start;
  queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) {
  }
  if (!latencies.ok()) return latencies.status();
  return Summarise(*std::move(latencies), elapsed);
}

}  // namespace proctor::bench
