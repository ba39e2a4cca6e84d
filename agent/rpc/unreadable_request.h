#ifndef PROCTOR_AGENT_RPC_UNREADABLE_REQUEST_H_
#define PROCTOR_AGENT_RPC_UNREADABLE_REQUEST_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_interceptor.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <string>

namespace proctor {

// Is told of each such call, on gRPC's threads, so that they can be bounded; no service sees them.
using UnreadableHandler = std::function<void(const grpc::ServerContextBase& call)>;

// gRPC answers UNIMPLEMENTED, and without a word, when it cannot parse the request of a method that
// there is, or when its caller has cancelled the call before it could. This makes it
// INVALID_ARGUMENT, with what there is to say. For
// ServerBuilder::experimental().SetInterceptorCreators of every server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> AnswerUnreadableRequests(
    UnreadableHandler handler);

// The same for a method that reads its request by itself. `method`: "/package.Service/Method".
grpc::Status UnreadableRequest(const std::string& method);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_UNREADABLE_REQUEST_H_
