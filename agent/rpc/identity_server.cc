#include "agent/rpc/identity_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>

#include <utility>
#include <vector>

#include "agent/rpc/request_bounds.h"
#include "agent/rpc/unreadable_request.h"

namespace proctor {

IdentityServer::IdentityServer(const AgentCore& core, CallerToken caller)
    : callers_(std::make_shared<const CallerToken>(std::move(caller))),
      agent_(core, callers_),
      authentication_(core, callers_, nullptr),
      reflection_({v1::Agent::service_full_name(), v1::Authentication::service_full_name(),
                   "grpc.health.v1.Health",
                   grpc::reflection::v1alpha::ServerReflection::service_full_name()}) {}

std::unique_ptr<IdentityServer> IdentityServer::Create(const AgentCore& core, CallerToken caller,
                                                       const Options& options,
                                                       const grpc::ResourceQuota& quota) {
  std::unique_ptr<IdentityServer> identity(new IdentityServer(core, std::move(caller)));
  grpc::ServerBuilder builder;
  builder.RegisterService(&identity->agent_);
  builder.RegisterService(&identity->authentication_);
  builder.RegisterService(&identity->reflection_);
  BoundRequests(options.max_buffered_bytes, &builder);
  builder.SetResourceQuota(quota);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             static_cast<int>(options.max_calls_per_connection));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                             static_cast<int>(absl::ToInt64Milliseconds(options.connection_idle)));
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(AnswerUnreadableRequests(
      [bounds = core.bounds, user = identity->principal().key()](const grpc::ServerContextBase&) {
        if (bounds != nullptr) bounds->CountFruitless(user);
      }));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  // A local peer may ping as often as it likes, also between calls: that costs nobody but itself,
  // and a refused ping would end a connection with the calls on it.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  identity->server_ = builder.BuildAndStart();
  if (identity->server_ == nullptr) return nullptr;
  return identity;
}

IdentityServer::~IdentityServer() { Shutdown(std::chrono::system_clock::now()); }

void IdentityServer::Accept(UniqueFd connection) {
  grpc::AddInsecureChannelFromFd(server_.get(), connection.release());
}

void IdentityServer::SetServing(bool serving) {
  if (auto* health = server_->GetHealthCheckService(); health != nullptr) {
    health->SetServingStatus(serving);
    health->SetServingStatus(v1::Agent::service_full_name(), serving);
  }
}

void IdentityServer::Shutdown(std::chrono::system_clock::time_point deadline) {
  if (server_ != nullptr) server_->Shutdown(deadline);
}

}  // namespace proctor
