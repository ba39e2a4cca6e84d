#ifndef PROCTOR_AGENT_RPC_REFUSAL_SERVER_H_
#define PROCTOR_AGENT_RPC_REFUSAL_SERVER_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>

#include <atomic>
#include <memory>

#include "common/unique_fd.h"

namespace proctor {

// Answers every call on a connection with one status, so that a caller over its bounds is told why
// instead of seeing a closed socket. Its connections live for seconds and are few; beyond that a
// refused connection is just closed. Thread-safe.
class RefusalServer {
 public:
  explicit RefusalServer(grpc::Status status);
  ~RefusalServer();

  void Accept(UniqueFd connection);

 private:
  // Any method of any service.
  class Service final : public grpc::CallbackGenericService {
   public:
    explicit Service(grpc::Status status) : status_(std::move(status)) {}
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override;

   private:
    const grpc::Status status_;
  };

  Service service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_REFUSAL_SERVER_H_
