#ifndef PROCTOR_AGENT_RPC_REFLECTION_SERVICE_H_
#define PROCTOR_AGENT_RPC_REFLECTION_SERVICE_H_

#include <string>
#include <vector>

#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"

namespace proctor {

// Server reflection from the generated descriptor pool, on the callback API. gRPC's own plugin is a
// synchronous service, which costs a thread in every grpc::Server, and there is one for each caller
// identity here.
class ReflectionService final
    : public grpc::reflection::v1alpha::ServerReflection::CallbackService {
 public:
  // The full names of the services that ListServices tells.
  explicit ReflectionService(std::vector<std::string> services) : services_(std::move(services)) {}

  grpc::ServerBidiReactor<grpc::reflection::v1alpha::ServerReflectionRequest,
                          grpc::reflection::v1alpha::ServerReflectionResponse>*
  ServerReflectionInfo(grpc::CallbackServerContext* context) override;

 private:
  const std::vector<std::string> services_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_REFLECTION_SERVICE_H_
