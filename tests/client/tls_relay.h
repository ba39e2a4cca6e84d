#ifndef PROCTOR_TESTS_CLIENT_TLS_RELAY_H_
#define PROCTOR_TESTS_CLIENT_TLS_RELAY_H_

#include <grpcpp/channel.h>
#include <grpcpp/server.h>

#include <atomic>
#include <memory>
#include <string>

#include "proctor/v1/agent.grpc.pb.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// Somebody between a client and an agent: ends the client's TLS connection with a certificate of
// its own, and passes the handshake on to the agent on another. Counts what reaches it.
class TlsRelay final : public v1::Authentication::Service {
 public:
  // `agent`: "127.0.0.1:PORT". `address`: where it listens.
  explicit TlsRelay(const std::string& agent, const std::string& address = "127.0.0.1:0");
  ~TlsRelay() override;

  // Says to the agent that the client saw the certificate with this binding.
  void ClaimBinding(std::string binding) { claimed_binding_ = std::move(binding); }
  // Is the acceptor itself, with the agent's keytab, and does not look at bindings; the transcript
  // that it signs names `signed_binding`.
  void AcceptItself(std::string keytab, std::string signed_binding);

  std::string endpoint() const;
  int handshakes() const { return handshakes_; }
  int completed_contexts() const { return completed_contexts_; }
  int client_signatures() const { return client_signatures_; }
  int other_calls() const { return other_calls_; }

 private:
  using Stream = grpc::ServerReaderWriter<v1::AuthenticateResponse, v1::AuthenticateRequest>;

  grpc::Status Authenticate(grpc::ServerContext* context, Stream* stream) override;
  grpc::Status WhoAmI(grpc::ServerContext* context, const v1::WhoAmIRequest* request,
                      v1::WhoAmIResponse* response) override;
  grpc::Status PassOn(Stream* stream);
  grpc::Status Accept(Stream* stream);

  std::unique_ptr<v1::Authentication::Stub> agent_;
  std::string claimed_binding_;
  std::string keytab_;
  std::string signed_binding_;
  int port_ = 0;
  std::atomic<int> handshakes_ = 0;
  std::atomic<int> completed_contexts_ = 0;
  std::atomic<int> client_signatures_ = 0;
  std::atomic<int> other_calls_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CLIENT_TLS_RELAY_H_
