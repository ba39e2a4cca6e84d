#ifndef PROCTOR_AGENT_RPC_UNREADABLE_REQUEST_H_
#define PROCTOR_AGENT_RPC_UNREADABLE_REQUEST_H_

#include <grpcpp/support/server_interceptor.h>

#include <memory>

namespace proctor {

// gRPC answers UNIMPLEMENTED, and without a word, when it cannot parse the request of a method that
// there is. This makes it INVALID_ARGUMENT, with what there is to say. For
// ServerBuilder::experimental().SetInterceptorCreators of every server.
std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> AnswerUnreadableRequests();

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_UNREADABLE_REQUEST_H_
