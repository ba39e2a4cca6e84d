#ifndef PROCTOR_AGENT_RPC_COUNTED_REACTOR_H_
#define PROCTOR_AGENT_RPC_COUNTED_REACTOR_H_

#include <grpcpp/support/server_callback.h>

#include <utility>

#include "agent/caller/user_bounds.h"
#include "agent/rpc/error_details.h"
#include "google/protobuf/message_lite.h"

namespace proctor {

// A unary call that is counted among its caller's until gRPC has let go of the answer. Deletes
// itself then.
class CountedReactor final : public grpc::ServerUnaryReactor {
 public:
  explicit CountedReactor(CallPermit permit) : permit_(std::move(permit)) {}

  // Once. `response` is what goes out with OK.
  void Answer(const absl::Status& status, const google::protobuf::MessageLite& response) {
    // The message, and its serialized form.
    if (status.ok()) permit_.Charge(2 * response.ByteSizeLong());
    Finish(ToGrpcStatus(status));
  }

  void OnDone() override { delete this; }

 private:
  CallPermit permit_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_COUNTED_REACTOR_H_
