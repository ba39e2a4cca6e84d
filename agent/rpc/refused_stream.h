#ifndef PROCTOR_AGENT_RPC_REFUSED_STREAM_H_
#define PROCTOR_AGENT_RPC_REFUSED_STREAM_H_

#include <grpcpp/support/server_callback.h>

namespace proctor {

// A server-streaming call that ends before it has begun. Deletes itself when gRPC is done with it.
template <typename Response>
class RefusedStream final : public grpc::ServerWriteReactor<Response> {
 public:
  explicit RefusedStream(const grpc::Status& status) { this->Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_REFUSED_STREAM_H_
