#include "agent/rpc/callback_queue.h"

#include <grpcpp/server_builder.h>

#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

void KeepCallbackQueue() {
  static grpc::Server* const kept = [] {
    static auto* const service = new v1::Authentication::CallbackService;
    grpc::ServerBuilder builder;
    builder.RegisterService(service);
    return builder.BuildAndStart().release();
  }();
  (void)kept;
}

}  // namespace proctor
