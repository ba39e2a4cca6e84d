#include "tests/bench/bare_server.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/agent_client.h"
#include "common/mutex.h"
#include "proctor/v1/agent.grpc.pb.h"

namespace proctor::bench {
namespace {

class ByteStream final : public grpc::ServerWriteReactor<v1::RunResponse> {
 public:
  ByteStream(uint64_t bytes, uint64_t chunk) : left_(bytes), data_(chunk, 'x') {
    response_.mutable_launched()->set_job_id("job");
    StartWrite(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) {
      Finish(grpc::Status::CANCELLED);
    } else if (left_ > 0) {
      WriteNext();
    } else {
      response_.mutable_finished()->set_final(true);
      StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
    }
  }
  void OnDone() override { delete this; }

 private:
  // A new message each time: a real stream has new bytes each time.
  void WriteNext() {
    const uint64_t size = std::min<uint64_t>(left_, data_.size());
    v1::OutputChunk* chunk = response_.mutable_output();
    chunk->set_stream(v1::STDOUT);
    chunk->set_offset(offset_);
    chunk->mutable_data()->assign(data_, 0, size);
    left_ -= size;
    offset_ += size;
    StartWrite(&response_);
  }

  uint64_t left_;
  uint64_t offset_ = 0;
  const std::string data_;
  v1::RunResponse response_;
};

class BareService final : public v1::Agent::CallbackService {
 public:
  grpc::ServerUnaryReactor* Wait(grpc::CallbackServerContext* context, const v1::WaitRequest*,
                                 v1::WaitResponse*) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    MutexLock lock(&mutex_);
    waiting_.push_back(reactor);
    return reactor;
  }

  grpc::ServerUnaryReactor* Kill(grpc::CallbackServerContext* context, const v1::KillRequest*,
                                 v1::KillResponse*) override {
    std::vector<grpc::ServerUnaryReactor*> waiting;
    {
      MutexLock lock(&mutex_);
      waiting.swap(waiting_);
    }
    for (grpc::ServerUnaryReactor* reactor : waiting) reactor->Finish(grpc::Status::OK);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerWriteReactor<v1::RunResponse>* Run(grpc::CallbackServerContext*,
                                                 const v1::RunRequest* request) override {
    uint64_t bytes = 0;
    uint64_t chunk = 1;
    if (request->spec().argv_size() == 2) {
      static_cast<void>(absl::SimpleAtoi(request->spec().argv(0), &bytes));
      static_cast<void>(absl::SimpleAtoi(request->spec().argv(1), &chunk));
    }
    return new ByteStream(bytes, chunk);
  }

  grpc::ServerUnaryReactor* DescribeAgent(grpc::CallbackServerContext* context,
                                          const v1::DescribeAgentRequest*,
                                          v1::DescribeAgentResponse*) override {
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  Mutex mutex_;
  std::vector<grpc::ServerUnaryReactor*> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

absl::Status ServeBare(const std::string& target) {
  BareService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(target, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return absl::InternalError(absl::StrCat("cannot listen on ", target));
  server->Wait();
  return absl::OkStatus();
}

absl::StatusOr<ChildProcess> StartBareServer(const std::string& target) {
  absl::StatusOr<ChildProcess> server =
      ChildProcess::Start({"/proc/self/exe", "--bare-server", target});
  if (!server.ok()) return server.status();
  ClientOptions options;
  options.target = target;
  options.connect_timeout = absl::Seconds(20);
  absl::StatusOr<std::unique_ptr<AgentClient>> client = AgentClient::Connect(options);
  if (!client.ok()) return client.status();
  const absl::Status answered = (*client)->DescribeAgent().status();
  if (!answered.ok()) return answered;
  return server;
}

}  // namespace proctor::bench
