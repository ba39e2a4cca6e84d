#include "tests/client/tls_relay.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <grpcpp/server_builder.h>

#include "absl/strings/str_cat.h"
#include "agent/caller/server_certificate.h"
#include "common/handshake_transcript.h"
#include "common/linux/gss_handles.h"

namespace proctor {
namespace {

std::unique_ptr<v1::Authentication::Stub> StubOf(const std::string& endpoint) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
  return v1::Authentication::NewStub(
      grpc::CreateChannel(endpoint, grpc::experimental::TlsCredentials(options)));
}

}  // namespace

TlsRelay::TlsRelay(const std::string& agent, const std::string& address) : agent_(StubOf(agent)) {
  const ServerCertificate certificate = *ServerCertificate::Make("relay.test", absl::Now());
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back(
      {std::string(certificate.key_pem().view()), certificate.certificate_pem()});
  grpc::ServerBuilder builder;
  builder.RegisterService(this);
  builder.AddListeningPort(address, grpc::SslServerCredentials(options), &port_);
  server_ = builder.BuildAndStart();
}

TlsRelay::~TlsRelay() { server_->Shutdown(std::chrono::system_clock::now()); }

std::string TlsRelay::endpoint() const { return absl::StrCat("127.0.0.1:", port_); }

void TlsRelay::AcceptItself(std::string keytab, std::string signed_binding) {
  keytab_ = std::move(keytab);
  signed_binding_ = std::move(signed_binding);
}

grpc::Status TlsRelay::WhoAmI(grpc::ServerContext*, const v1::WhoAmIRequest*, v1::WhoAmIResponse*) {
  ++other_calls_;
  return grpc::Status::OK;
}

grpc::Status TlsRelay::Authenticate(grpc::ServerContext*, Stream* stream) {
  ++handshakes_;
  return keytab_.empty() ? PassOn(stream) : Accept(stream);
}

grpc::Status TlsRelay::PassOn(Stream* stream) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(10));
  const auto onward = agent_->Authenticate(&context);
  v1::AuthenticateRequest request;
  v1::AuthenticateResponse response;
  bool agent_answers = true;
  while (stream->Read(&request)) {
    if (request.has_client_signature()) ++client_signatures_;
    if (!claimed_binding_.empty() && !request.binding().empty()) {
      request.set_binding(claimed_binding_);
    }
    agent_answers = onward->Write(request) && onward->Read(&response);
    if (!agent_answers || !stream->Write(response)) break;
  }
  // An agent that has ended the stream has a status to pass on.
  if (agent_answers) context.TryCancel();
  const grpc::Status status = onward->Finish();
  return status.error_code() == grpc::CANCELLED ? grpc::Status::OK : status;
}

// As an acceptor without bindings: one leg of SPNEGO, then the signature.
grpc::Status TlsRelay::Accept(Stream* stream) {
  const GssLibrary& gss = **GssLibrary::Load();
  v1::AuthenticateRequest request;
  stream->Read(&request);
  HandshakeTranscript transcript(signed_binding_, request.client_nonce());
  transcript.AddToken(request.token());
  gss_key_value_element_desc keytab = {"keytab", keytab_.c_str()};
  const gss_key_value_set_desc store = {1, &keytab};
  OM_uint32 minor = 0;
  GssCredential credential(&gss);
  gss.gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_ACCEPT,
                            &store, credential.receive(), nullptr, nullptr);
  GssContextHandle context(&gss);
  GssBuffer output(&gss);
  gss_buffer_desc input = InputBuffer(request.token());
  const OM_uint32 major = gss.gss_accept_sec_context(
      &minor, context.receive(), credential.get(), &input, GSS_C_NO_CHANNEL_BINDINGS, nullptr,
      nullptr, output.receive(), nullptr, nullptr, nullptr);
  if (major != GSS_S_COMPLETE) return grpc::Status(grpc::INTERNAL, "no context");
  ++completed_contexts_;
  transcript.AddToken(View(output));
  v1::AuthenticateResponse response;
  response.mutable_context()->set_token(std::string(View(output)));
  response.mutable_context()->set_server_nonce(std::string(32, 's'));
  const std::string text = transcript.ServerText(response.context().server_nonce());
  gss_buffer_desc message = InputBuffer(text);
  GssBuffer signature(&gss);
  gss.gss_get_mic(&minor, context.get(), GSS_C_QOP_DEFAULT, &message, signature.receive());
  response.mutable_context()->set_server_signature(std::string(View(signature)));
  stream->Write(response);
  while (stream->Read(&request)) {
    if (request.has_client_signature()) ++client_signatures_;
    response.mutable_session()->set_session_id("made up");
    stream->Write(response);
  }
  return grpc::Status::OK;
}

}  // namespace proctor
