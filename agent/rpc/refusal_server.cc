#include "agent/rpc/refusal_server.h"

#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>

#include <utility>

namespace proctor {
namespace {

constexpr int kConnectionAgeMs = 2000;
constexpr int kConnectionGraceMs = 500;
// Calls of one connection at a time: these belong to nobody's bound.
constexpr int kMaxCalls = 8;

class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerGenericBidiReactor* RefusalServer::Service::CreateReactor(
    grpc::GenericCallbackServerContext*) {
  return new Refusal(status_);
}

RefusalServer::RefusalServer(grpc::Status status) : service_(std::move(status)) {
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(&service_);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionGraceMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCalls);
  server_ = builder.BuildAndStart();
}

RefusalServer::~RefusalServer() {
  if (server_ != nullptr) server_->Shutdown();
}

void RefusalServer::Accept(UniqueFd connection) {
  if (server_ != nullptr) grpc::AddInsecureChannelFromFd(server_.get(), connection.release());
}

}  // namespace proctor
