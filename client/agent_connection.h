#ifndef PROCTOR_CLIENT_AGENT_CONNECTION_H_
#define PROCTOR_CLIENT_AGENT_CONNECTION_H_

#include <grpcpp/channel.h>

#include <memory>
#include <utility>

#include "proctor/v1/agent.grpc.pb.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// A channel to an agent and the stubs on it. Thread-safe.
class AgentConnection {
 public:
  explicit AgentConnection(std::shared_ptr<grpc::Channel> channel)
      : channel_(std::move(channel)),
        agent_(v1::Agent::NewStub(channel_)),
        authentication_(v1::Authentication::NewStub(channel_)) {}
  virtual ~AgentConnection() = default;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  v1::Agent::Stub& agent() const { return *agent_; }
  v1::Authentication::Stub& authentication() const { return *authentication_; }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::Agent::Stub> agent_;
  const std::unique_ptr<v1::Authentication::Stub> authentication_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_AGENT_CONNECTION_H_
