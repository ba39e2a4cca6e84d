#include "agent/rpc/tls_server.h"

#include <gmock/gmock.h>
#include <google/protobuf/empty.pb.h>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/client_unary_call.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/ticket_proof.h"
#include "common/unique_fd.h"
#include "proctor/v1/agent.grpc.pb.h"
#include "proctor/v1/authentication.grpc.pb.h"
#include "tests/agent/rpc/tls_agent.h"
#include "tests/hostile/http2_frames.h"
#include "tests/hostile/raw_connection.h"

namespace proctor {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint32_t kAlice = 1001;
constexpr uint32_t kBob = 1002;

std::chrono::system_clock::time_point Soon() {
  return std::chrono::system_clock::now() + std::chrono::seconds(10);
}

// A client that checks nothing: what the agent refuses, it refuses by itself.
class Peer {
 public:
  explicit Peer(const std::string& endpoint) {
    grpc::experimental::TlsChannelCredentialsOptions options;
    options.set_verify_server_certs(false);
    options.set_check_call_host(false);
    options.set_certificate_verifier(
        std::make_shared<grpc::experimental::NoOpCertificateVerifier>());
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ =
        grpc::CreateCustomChannel(endpoint, grpc::experimental::TlsCredentials(options), arguments);
    authentication_ = v1::Authentication::NewStub(channel_);
    agent_ = v1::Agent::NewStub(channel_);
  }

  // Sends `request` and reads the answer. The lease is held until EndSession().
  grpc::Status Authenticate(const v1::AuthenticateRequest& request) {
    lease_context_ = std::make_unique<grpc::ClientContext>();
    lease_ = authentication_->Authenticate(lease_context_.get());
    v1::AuthenticateResponse response;
    if (!lease_->Write(request) || !lease_->Read(&response)) return EndSession();
    session_ = response.session();
    return grpc::Status::OK;
  }

  grpc::Status EndSession() {
    lease_->WritesDone();
    const grpc::Status status = lease_->Finish();
    lease_ = nullptr;
    return status;
  }

  grpc::Status WhoAmI(const std::string& session_id, v1::WhoAmIResponse* response = nullptr) {
    v1::WhoAmIResponse ignored;
    grpc::ClientContext context;
    context.set_deadline(Soon());
    if (!session_id.empty()) context.AddMetadata("proctor-session", session_id);
    return authentication_->WhoAmI(&context, {}, response == nullptr ? &ignored : response);
  }

  // grpc.health.v1.Health.Check of the server as a whole: an empty request.
  grpc::Status CheckHealth() {
    grpc::ClientContext context;
    context.set_deadline(Soon());
    const google::protobuf::Empty request;
    google::protobuf::Empty response;
    return grpc::internal::BlockingUnaryCall(channel_.get(), health_method_, &context, request,
                                             &response);
  }

  v1::Agent::Stub& agent() { return *agent_; }
  v1::Authentication::Stub& authentication() { return *authentication_; }
  grpc::ClientReaderWriter<v1::AuthenticateRequest, v1::AuthenticateResponse>& lease() {
    return *lease_;
  }
  const v1::SessionEstablished& session() const { return session_; }
  void Cut() { lease_context_->TryCancel(); }

 private:
  std::shared_ptr<grpc::Channel> channel_;
  const grpc::internal::RpcMethod health_method_{"/grpc.health.v1.Health/Check",
                                                 grpc::internal::RpcMethod::NORMAL_RPC};
  std::unique_ptr<v1::Authentication::Stub> authentication_;
  std::unique_ptr<v1::Agent::Stub> agent_;
  std::unique_ptr<grpc::ClientContext> lease_context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::AuthenticateRequest, v1::AuthenticateResponse>>
      lease_;
  v1::SessionEstablished session_;
};

v1::AuthenticateRequest RequestWith(const Ticket& ticket, const std::string& binding) {
  v1::AuthenticateRequest request;
  request.set_mechanism("ticket");
  request.set_client_nonce(std::string(kNonceSize, 'n'));
  request.set_binding(binding);
  request.mutable_ticket()->set_id(ticket.id);
  request.mutable_ticket()->set_client_signature(
      ClientTicketProof(ticket.secret, binding, request.client_nonce()));
  return request;
}

v1::AuthenticateRequest RequestOf(const TlsAgent& agent, const Ticket& ticket) {
  return RequestWith(ticket, agent.certificate().hashes().end_point);
}

class TlsServerTest : public testing::Test {
 protected:
  v1::AuthenticateRequest Request(const Ticket& ticket) { return RequestOf(agent_, ticket); }
  static v1::AuthenticateRequest Request(const Ticket& ticket, const std::string& binding) {
    return RequestWith(ticket, binding);
  }
  std::string Binding() const { return agent_.certificate().hashes().end_point; }

  TlsAgent agent_;
  Peer peer_{agent_.endpoint()};
};

TEST_F(TlsServerTest, ATicketOpensASession) {
  const Ticket ticket = agent_.IssueTo(kAlice);
  const v1::AuthenticateRequest request = Request(ticket);
  ASSERT_TRUE(peer_.Authenticate(request).ok());
  EXPECT_EQ(peer_.session().principal().posix().uid(), kAlice);
  EXPECT_EQ(peer_.session().life().seconds(), 3600);
  EXPECT_EQ(peer_.session().server_signature(),
            ServerTicketProof(ticket.secret, Binding(), request.client_nonce(),
                              peer_.session().server_nonce()));
  v1::WhoAmIResponse who;
  const grpc::Status status = peer_.WhoAmI(peer_.session().session_id(), &who);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(who.principal().posix().uid(), kAlice);
}

TEST_F(TlsServerTest, ACallWithoutASessionIsNobodys) {
  EXPECT_EQ(peer_.WhoAmI("").error_code(), grpc::UNAUTHENTICATED);
  grpc::ClientContext unary;
  v1::ListJobsResponse list;
  EXPECT_EQ(peer_.agent().ListJobs(&unary, {}, &list).error_code(), grpc::UNAUTHENTICATED);
  grpc::ClientContext wait;
  v1::WaitResponse waited;
  EXPECT_EQ(peer_.agent().Wait(&wait, {}, &waited).error_code(), grpc::UNAUTHENTICATED);
  grpc::ClientContext kill;
  v1::KillResponse killed;
  EXPECT_EQ(peer_.agent().Kill(&kill, {}, &killed).error_code(), grpc::UNAUTHENTICATED);
  grpc::ClientContext launch;
  v1::LaunchResponse launched;
  EXPECT_EQ(peer_.agent().Launch(&launch, {}, &launched).error_code(), grpc::UNAUTHENTICATED);
  grpc::ClientContext run;
  EXPECT_EQ(peer_.agent().Run(&run, {})->Finish().error_code(), grpc::UNAUTHENTICATED);
  grpc::ClientContext watch;
  EXPECT_EQ(peer_.agent().WatchJobs(&watch, {})->Finish().error_code(), grpc::UNAUTHENTICATED);
  grpc::ClientContext read;
  EXPECT_EQ(peer_.agent().ReadOutput(&read, {})->Finish().error_code(), grpc::UNAUTHENTICATED);
}

TEST_F(TlsServerTest, ACompressedRequestIsRefused) {
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  v1::LaunchRequest request;
  request.mutable_spec()->mutable_standard_input()->set_data(std::string(1 << 20, 'x'));
  v1::LaunchResponse response;
  EXPECT_EQ(peer_.agent().Launch(&context, request, &response).error_code(), grpc::UNIMPLEMENTED);
}

TEST_F(TlsServerTest, TheSessionEndsWithItsStream) {
  ASSERT_TRUE(peer_.Authenticate(Request(agent_.IssueTo(kAlice))).ok());
  EXPECT_TRUE(peer_.EndSession().ok());
  EXPECT_TRUE(agent_.AwaitSessions(0));
  EXPECT_EQ(peer_.WhoAmI(peer_.session().session_id()).error_code(), grpc::UNAUTHENTICATED);
}

TEST_F(TlsServerTest, TheSessionEndsWhenItsStreamIsCut) {
  ASSERT_TRUE(peer_.Authenticate(Request(agent_.IssueTo(kAlice))).ok());
  peer_.Cut();
  EXPECT_TRUE(agent_.AwaitSessions(0));
  EXPECT_EQ(peer_.WhoAmI(peer_.session().session_id()).error_code(), grpc::UNAUTHENTICATED);
}

TEST_F(TlsServerTest, ASessionOfAnotherConnectionIsRefused) {
  ASSERT_TRUE(peer_.Authenticate(Request(agent_.IssueTo(kAlice))).ok());
  Peer thief(agent_.endpoint());
  ASSERT_TRUE(thief.Authenticate(Request(agent_.IssueTo(kBob))).ok());
  EXPECT_EQ(thief.WhoAmI(peer_.session().session_id()).error_code(), grpc::UNAUTHENTICATED);
  EXPECT_TRUE(thief.WhoAmI(thief.session().session_id()).ok());
}

TEST_F(TlsServerTest, ACallMayNotNameTwoSessions) {
  ASSERT_TRUE(peer_.Authenticate(Request(agent_.IssueTo(kAlice))).ok());
  grpc::ClientContext context;
  context.AddMetadata("proctor-session", peer_.session().session_id());
  context.AddMetadata("proctor-session", "another");
  v1::WhoAmIResponse who;
  EXPECT_EQ(peer_.authentication().WhoAmI(&context, {}, &who).error_code(), grpc::UNAUTHENTICATED);
}

TEST_F(TlsServerTest, ATicketIsGoodOnce) {
  const Ticket ticket = agent_.IssueTo(kAlice);
  ASSERT_TRUE(peer_.Authenticate(Request(ticket)).ok());
  Peer second(agent_.endpoint());
  EXPECT_EQ(second.Authenticate(Request(ticket)).error_code(), grpc::UNAUTHENTICATED);
}

TEST_F(TlsServerTest, AnExpiredTicketIsRefused) {
  const Ticket ticket = agent_.IssueTo(kAlice);
  agent_.clock().Advance(absl::Seconds(30));
  EXPECT_EQ(peer_.Authenticate(Request(ticket)).error_code(), grpc::UNAUTHENTICATED);
}

TEST_F(TlsServerTest, ARelayedHandshakeIsRefused) {
  const grpc::Status status =
      peer_.Authenticate(Request(agent_.IssueTo(kAlice), std::string(32, 'r')));
  EXPECT_EQ(status.error_code(), grpc::UNAUTHENTICATED);
  EXPECT_THAT(status.error_message(), HasSubstr("another certificate"));
  EXPECT_EQ(agent_.sessions().size(), 0u);
}

TEST_F(TlsServerTest, AnUnknownMechanismIsToldWhichThereAre) {
  v1::AuthenticateRequest request;
  request.set_mechanism("kerberos5");
  const grpc::Status status = peer_.Authenticate(request);
  EXPECT_EQ(status.error_code(), grpc::UNIMPLEMENTED);
  EXPECT_THAT(status.error_message(), HasSubstr("ticket"));
}

TEST_F(TlsServerTest, AShortNonceIsRefused) {
  v1::AuthenticateRequest request = Request(agent_.IssueTo(kAlice));
  request.set_client_nonce("short");
  EXPECT_EQ(peer_.Authenticate(request).error_code(), grpc::INVALID_ARGUMENT);
}

TEST_F(TlsServerTest, TalkingOnAfterwardsEndsTheSession) {
  ASSERT_TRUE(peer_.Authenticate(Request(agent_.IssueTo(kAlice))).ok());
  ASSERT_TRUE(peer_.lease().Write({}));
  EXPECT_TRUE(agent_.AwaitSessions(0));
  EXPECT_EQ(peer_.EndSession().error_code(), grpc::INVALID_ARGUMENT);
}

TEST(TlsServerBoundsTest, ASilentStrangerIsSentAway) {
  TlsAgent::Options options;
  options.bounds.max_time = absl::Milliseconds(50);
  TlsAgent agent(options);
  Peer peer(agent.endpoint());
  grpc::ClientContext context;
  context.set_deadline(Soon());
  const auto stream = peer.authentication().Authenticate(&context);
  v1::AuthenticateResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::DEADLINE_EXCEEDED);
  EXPECT_THAT(status.error_message(), HasSubstr("too long")) << "the agent's, not the client's";
}

TEST(TlsServerBoundsTest, StrangersAreBoundedInNumber) {
  TlsAgent::Options options;
  options.bounds.max_streams = 0;
  TlsAgent agent(options);
  Peer peer(agent.endpoint());
  EXPECT_EQ(peer.Authenticate({}).error_code(), grpc::RESOURCE_EXHAUSTED);
}

std::vector<http2::FrameType> TypesOfFrames(absl::string_view bytes) {
  std::vector<http2::FrameType> types;
  for (http2::FrameHeader frame; http2::ParseFrame(bytes, &frame);) {
    types.push_back(frame.type);
    bytes.remove_prefix(frame.size);
  }
  return types;
}

// Connected, and without a word.
UniqueFd Connect(const std::string& endpoint) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port));
  address.sin_port = htons(static_cast<uint16_t>(port));
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return fd;
}

// Whether the agent ends the connection. It sends nothing before. After ten seconds gRPC would end
// it, whose TLS handshake has a limit of its own.
bool IsEnded(const UniqueFd& fd) {
  pollfd poll = {fd.get(), POLLIN, 0};
  char byte = 0;
  return ::poll(&poll, 1, 8'000) == 1 && ::recv(fd.get(), &byte, 1, MSG_DONTWAIT) <= 0;
}

bool IsOpen(const UniqueFd& fd) {
  char byte = 0;
  return ::recv(fd.get(), &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

TEST(TlsServerBoundsTest, AConnectionThatSaysNothingEnds) {
  TlsAgent::Options options;
  options.connections.authentication_time = absl::Seconds(5);
  TlsAgent agent(options);
  const UniqueFd connection = Connect(agent.endpoint());
  // Connections are accepted in order: the agent has taken that one when it answers on another.
  EXPECT_EQ(Peer(agent.endpoint()).WhoAmI("").error_code(), grpc::UNAUTHENTICATED);
  agent.clock().Advance(absl::Seconds(4));
  EXPECT_TRUE(IsOpen(connection));
  agent.clock().Advance(absl::Seconds(1));
  EXPECT_TRUE(IsEnded(connection));
}

TEST(TlsServerBoundsTest, AConnectionBeyondTheBoundEndsAtOnceAndMakesRoomAtItsEnd) {
  TlsAgent::Options options;
  options.connections.max_strangers = 4;
  options.connections.max_per_address = 1;
  TlsAgent agent(options);
  UniqueFd first = Connect(agent.endpoint());
  EXPECT_TRUE(IsEnded(Connect(agent.endpoint())));
  EXPECT_TRUE(IsOpen(first));
  first.reset();
  Peer peer(agent.endpoint());
  EXPECT_EQ(peer.WhoAmI("").error_code(), grpc::UNAUTHENTICATED);
}

TEST(TlsServerBoundsTest, AConnectionWithASessionIsNotAStrangers) {
  TlsAgent::Options options;
  options.connections.authentication_time = absl::Seconds(5);
  TlsAgent agent(options);
  Peer peer(agent.endpoint());
  ASSERT_TRUE(peer.Authenticate(RequestOf(agent, agent.IssueTo(kAlice))).ok());
  const UniqueFd stranger = Connect(agent.endpoint());
  EXPECT_EQ(Peer(agent.endpoint()).WhoAmI("").error_code(), grpc::UNAUTHENTICATED);
  agent.clock().Advance(absl::Seconds(6));
  EXPECT_TRUE(IsEnded(stranger));
  EXPECT_TRUE(peer.WhoAmI(peer.session().session_id()).ok());
  EXPECT_EQ(agent.sessions().size(), 1u);
}

TEST(TlsServerBoundsTest, StrangersCallsAreBounded) {
  TlsAgent::Options options;
  options.connections.stranger_calls_per_second = 2;
  TlsAgent agent(options);
  Peer peer(agent.endpoint());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(peer.WhoAmI("").error_code(), grpc::UNAUTHENTICATED) << i;
  }
  // Told so, or sent away already.
  EXPECT_THAT(peer.WhoAmI("").error_code(), AnyOf(grpc::RESOURCE_EXHAUSTED, grpc::UNAVAILABLE));
  EXPECT_EQ(peer.WhoAmI("").error_code(), grpc::UNAVAILABLE);
  agent.clock().Advance(absl::Seconds(10));
  grpc::Status status;
  for (int i = 0; i < 100 && status.error_code() != grpc::UNAUTHENTICATED; ++i) {
    status = Peer(agent.endpoint()).WhoAmI("");
  }
  EXPECT_EQ(status.error_code(), grpc::UNAUTHENTICATED) << status.error_message();
}

TEST(TlsServerBoundsTest, HealthChecksOfStrangersCountAsCalls) {
  grpc::EnableDefaultHealthCheckService(true);
  TlsAgent::Options options;
  options.connections.stranger_calls_per_second = 1;
  TlsAgent agent(options);
  Peer peer(agent.endpoint());
  grpc::Status status;
  for (int i = 0; i < 20 && status.error_code() != grpc::UNAVAILABLE; ++i) {
    status = peer.CheckHealth();
  }
  EXPECT_EQ(status.error_code(), grpc::UNAVAILABLE);
}

TEST(TlsServerBoundsTest, ALongRequestIsRefused) {
  TlsAgent agent;
  Peer peer(agent.endpoint());
  v1::AuthenticateRequest request;
  request.set_token(std::string(65 << 10, 'x'));
  EXPECT_EQ(peer.Authenticate(request).error_code(), grpc::INVALID_ARGUMENT);
}

// Three refused pings, and the peer is sent away.
TEST(TlsServerBoundsTest, APeerMayPingEveryFiveSeconds) {
  TlsAgent agent;
  absl::StatusOr<RawConnection> peer = RawConnection::Open(agent.endpoint());
  ASSERT_TRUE(peer.ok()) << peer.status();
  ASSERT_TRUE(peer->Send(http2::Preface()));
  constexpr size_t kPings = 5;
  for (size_t ping = 0; ping < kPings; ++ping) {
    ASSERT_TRUE(peer->Send(http2::Frame(http2::FrameType::kPing, 0, 0, "12345678")));
    EXPECT_FALSE(peer->AwaitClose(std::chrono::seconds(ping + 1 < kPings ? 5 : 1)));
  }
  const std::vector<http2::FrameType> types = TypesOfFrames(peer->received());
  EXPECT_THAT(types, Not(Contains(http2::FrameType::kGoAway)));
  EXPECT_EQ(std::count(types.begin(), types.end(), http2::FrameType::kPing), kPings);
}

TEST(TlsServerBoundsTest, TheAgentEndsTheStreamWithTheSessionsLife) {
  TlsAgent::Options options;
  options.session_life = absl::Milliseconds(50);
  TlsAgent agent(options);
  Peer peer(agent.endpoint());
  ASSERT_TRUE(peer.Authenticate(RequestOf(agent, agent.IssueTo(kAlice))).ok());
  v1::AuthenticateResponse response;
  EXPECT_FALSE(peer.lease().Read(&response));
  EXPECT_EQ(peer.EndSession().error_code(), grpc::UNAUTHENTICATED);
  EXPECT_EQ(agent.sessions().size(), 0u);
}

TEST(TlsServerStartTest, ATakenAddressIsAnError) {
  TlsAgent agent;
  TlsServer::Options options;
  options.address = agent.endpoint();
  EXPECT_EQ(
      TlsServer::Start(agent.core(), &agent.listener_certificate(), &agent.sessions(), {}, options)
          .status()
          .code(),
      absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace proctor
