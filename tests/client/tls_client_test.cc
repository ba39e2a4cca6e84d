// AgentClient over TLS against the agent's own listener.

#include <gmock/gmock.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "client/agent_client.h"
#include "client/session_keeper.h"
#include "client/ticket_handshake.h"
#include "client/ticket_source.h"
#include "common/ticket_proof.h"
#include "common/unique_fd.h"
#include "proctor/v1/authentication.grpc.pb.h"
#include "tests/agent/rpc/tls_agent.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kAlice = 1001;

// Stands for a channel between two ends that know each other.
class FakeTicketSource final : public TicketSource {
 public:
  using Handler = std::function<absl::StatusOr<AgentTicket>()>;

  explicit FakeTicketSource(Handler handler) : handler_(std::move(handler)) {}

  absl::StatusOr<AgentTicket> GetTicket() override {
    ++asked_;
    return handler_();
  }
  int asked() const { return asked_; }

 private:
  const Handler handler_;
  std::atomic<int> asked_ = 0;
};

AgentTicket TicketFor(TlsAgent& agent, Ticket ticket) {
  return {agent.endpoint(), agent.certificate().hashes().sha256, std::move(ticket.id),
          std::move(ticket.secret)};
}

std::shared_ptr<FakeTicketSource> SourceOf(TlsAgent& agent) {
  return std::make_shared<FakeTicketSource>([&agent]() -> absl::StatusOr<AgentTicket> {
    return TicketFor(agent, agent.IssueTo(kAlice));
  });
}

std::unique_ptr<AgentClient> Connect(std::shared_ptr<TicketSource> source) {
  ClientOptions options;
  options.ticket_source = std::move(source);
  return AgentClient::Connect(std::move(options)).value();
}

TEST(TlsClientTest, TheFirstCallOpensTheSession) {
  TlsAgent agent;
  const auto source = SourceOf(agent);
  const auto client = Connect(source);
  EXPECT_EQ(source->asked(), 0);
  const auto who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  EXPECT_EQ(who->principal().posix().uid(), kAlice);
  EXPECT_EQ(source->asked(), 1);
}

TEST(TlsClientTest, AllCallsShareOneSession) {
  TlsAgent agent;
  const auto source = SourceOf(agent);
  const auto client = Connect(source);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      if (client->WhoAmI().ok()) ++good;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(source->asked(), 1);
  EXPECT_EQ(agent.sessions().size(), 1u);
}

TEST(TlsClientTest, OtherStubsOfTheChannelAreInTheSession) {
  TlsAgent agent;
  const auto client = Connect(SourceOf(agent));
  const auto stub = v1::Authentication::NewStub(client->channel());
  grpc::ClientContext context;
  v1::WhoAmIResponse who;
  const grpc::Status status = stub->WhoAmI(&context, {}, &who);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(who.principal().posix().uid(), kAlice);
}

TEST(TlsClientTest, TheSessionEndsWithTheClient) {
  TlsAgent agent;
  auto client = Connect(SourceOf(agent));
  ASSERT_TRUE(client->WhoAmI().ok());
  client = nullptr;
  EXPECT_TRUE(agent.AwaitSessions(0));
}

TEST(TlsClientTest, ASessionThatIsKeptIsRenewedWithoutACall) {
  TlsAgent::Options options;
  options.session_life = absl::Milliseconds(500);
  TlsAgent agent(options);
  const auto source = SourceOf(agent);
  SessionHolder sessions(std::make_shared<TicketHandshakeSource>(source), grpc::ChannelArguments());
  SessionPatience patience;
  patience.timeout = absl::Seconds(30);
  ASSERT_TRUE(sessions.Get(patience).ok());
  {
    const SessionKeeper keeper(&sessions);
    const absl::Time end = absl::Now() + absl::Seconds(30);
    while (source->asked() < 3 && absl::Now() < end) std::this_thread::yield();
  }
  EXPECT_GE(source->asked(), 3);
}

// A connection to the agent over which nothing is said.
class Stranger {
 public:
  explicit Stranger(const std::string& endpoint)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int port = 0;
    EXPECT_TRUE(absl::SimpleAtoi(endpoint.substr(endpoint.rfind(':') + 1), &port));
    address.sin_port = htons(static_cast<uint16_t>(port));
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  // Whether the agent has shut it, after a moment.
  bool Ended() const {
    pollfd polled = {fd_.get(), POLLIN, 0};
    char byte;
    return ::poll(&polled, 1, 10) == 1 && ::read(fd_.get(), &byte, 1) <= 0;
  }

 private:
  const UniqueFd fd_;
};

// Lets `time` pass, and a minute or so in which the listener looks after its connections: it has
// when a stranger that came after that has been shut.
void ShutOverdue(TlsAgent& agent, absl::Duration time) {
  agent.clock().Advance(time);
  const Stranger stranger(agent.endpoint());
  for (int seconds = 0; !stranger.Ended(); ++seconds) {
    ASSERT_LT(seconds, 600);
    agent.clock().Advance(absl::Seconds(1));
  }
}

TEST(TlsClientTest, ACallOutlivesItsSessionForItsTime) {
  TlsAgent::Options options;
  options.session_life = absl::Milliseconds(300);
  options.connections.calls_outlive_session = absl::Hours(2);
  TlsAgent agent(options);
  ClientOptions client_options;
  client_options.ticket_source = SourceOf(agent);
  client_options.retry.window = absl::ZeroDuration();
  const auto client = AgentClient::Connect(std::move(client_options)).value();
  absl::Notification watching;
  absl::Notification ended;
  std::thread watcher([&] {
    (void)client->WatchJobs({}, [&](const v1::WatchJobsResponse&) {
      watching.Notify();
      return true;
    });
    ended.Notify();
  });
  watching.WaitForNotification();
  ASSERT_TRUE(agent.AwaitSessions(0)) << "its life is over";
  ShutOverdue(agent, absl::Hours(1));
  EXPECT_FALSE(ended.HasBeenNotified());
  ShutOverdue(agent, absl::Hours(1));
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(30)));
  watcher.join();
}

TEST(TlsClientTest, AnEndedSessionIsOpenedAnew) {
  TlsAgent agent;
  const auto source = SourceOf(agent);
  const auto client = Connect(source);
  ASSERT_TRUE(client->WhoAmI().ok());
  // The table refuses the session from now on; the client hears of it by the refusal.
  agent.clock().Advance(absl::Hours(1));
  const auto who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  EXPECT_EQ(source->asked(), 2);
  EXPECT_TRUE(agent.AwaitSessions(1)) << "the old one is closed";
}

TEST(TlsClientTest, ASessionIsRenewedBeforeItsLifeIsOver) {
  TlsAgent::Options options;
  options.session_life = absl::Seconds(2);
  TlsAgent agent(options);
  const auto source = SourceOf(agent);
  const auto client = Connect(source);
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (source->asked() < 3 && absl::Now() < deadline) {
    const auto who = client->WhoAmI();
    ASSERT_TRUE(who.ok()) << who.status();
  }
  EXPECT_EQ(source->asked(), 3);
}

TEST(TlsClientTest, TheClientComesBackAfterTheAgentsRestart) {
  TlsAgent agent;
  const auto client = Connect(SourceOf(agent));
  ASSERT_TRUE(client->WhoAmI().ok());
  agent.Stop();
  agent.Start(agent.endpoint());
  auto who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  agent.Stop();
  agent.Start("127.0.0.1:0");
  who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  EXPECT_EQ(who->principal().posix().uid(), kAlice);
}

TEST(TlsClientTest, AnotherCertificateIsRefusedBeforeAnythingIsSent) {
  TlsAgent agent;
  TlsAgent impostor;
  const Ticket ticket = impostor.IssueTo(kAlice);
  const auto client = Connect(std::make_shared<FakeTicketSource>([&]() {
    return absl::StatusOr<AgentTicket>(AgentTicket{impostor.endpoint(),
                                                   agent.certificate().hashes().sha256, ticket.id,
                                                   ticket.secret.Clone()});
  }));
  const absl::Status refused = client->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("certificate has SHA-256"));
  // Had it been sent, the ticket would be used up.
  const std::string binding = impostor.certificate().hashes().end_point;
  EXPECT_TRUE(impostor.tickets()
                  .Redeem(ticket.id, binding, "n", ClientTicketProof(ticket.secret, binding, "n"))
                  .ok());
}

TEST(TlsClientTest, AnImpostorInASilentReconnectIsRefused) {
  TlsAgent agent;
  const std::string endpoint = agent.endpoint();
  const auto client = Connect(SourceOf(agent));
  ASSERT_TRUE(client->WhoAmI().ok());
  agent.Stop();
  TlsAgent::Options options;
  options.address = endpoint;
  TlsAgent impostor(options);
  const absl::Status refused = client->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("not the agent"));
}

TEST(TlsClientTest, AUsedTicketIsRefused) {
  TlsAgent agent;
  const Ticket ticket = agent.IssueTo(kAlice);
  const auto source = std::make_shared<FakeTicketSource>([&]() {
    return absl::StatusOr<AgentTicket>(TicketFor(agent, Ticket{ticket.id, ticket.secret.Clone()}));
  });
  const auto first = Connect(source);
  ASSERT_TRUE(first->WhoAmI().ok());
  const absl::Status refused = Connect(source)->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("ticket"));
}

TEST(TlsClientTest, AnExpiredTicketIsRefused) {
  TlsAgent agent;
  const auto client = Connect(std::make_shared<FakeTicketSource>([&]() {
    AgentTicket ticket = TicketFor(agent, agent.IssueTo(kAlice));
    agent.clock().Advance(absl::Seconds(30));
    return absl::StatusOr<AgentTicket>(std::move(ticket));
  }));
  EXPECT_TRUE(absl::IsUnauthenticated(client->WhoAmI().status()));
}

TEST(TlsClientTest, ATicketWithoutACertificateIsRefused) {
  TlsAgent agent;
  const auto client = Connect(std::make_shared<FakeTicketSource>([&]() {
    AgentTicket ticket = TicketFor(agent, agent.IssueTo(kAlice));
    ticket.certificate_sha256.clear();
    return absl::StatusOr<AgentTicket>(std::move(ticket));
  }));
  EXPECT_TRUE(absl::IsInternal(client->WhoAmI().status()));
  EXPECT_EQ(agent.sessions().size(), 0u);
}

TEST(TlsClientTest, WhatTheTicketSourceSaysIsReported) {
  const auto client =
      Connect(std::make_shared<FakeTicketSource>([]() -> absl::StatusOr<AgentTicket> {
        return absl::PermissionDeniedError("not the agent");
      }));
  EXPECT_EQ(client->WhoAmI().status(), absl::PermissionDeniedError("not the agent"));
}

TEST(TlsClientTest, NobodyThereIsUnavailable) {
  TlsAgent agent;
  const auto client = Connect(SourceOf(agent));
  agent.Stop();
  const absl::Status status = client->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(": Connection refused")) << status;
}

// Connects to where the ticket says.
absl::Status StatusOf(const std::string& endpoint) {
  const auto client =
      Connect(std::make_shared<FakeTicketSource>([&]() -> absl::StatusOr<AgentTicket> {
        return AgentTicket{endpoint, std::string(32, 'c'), std::string(32, 'i'), {}};
      }));
  return client->WhoAmI().status();
}

TEST(TlsClientTest, ANameThatCannotBeResolvedIsSaidToBeThat) {
  const absl::Status status = StatusOf("not..a.name:7707");
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot resolve not..a.name: ")) << status;
}

TEST(TlsClientTest, AServerWithoutTlsIsSaidToBeOne) {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  v1::Authentication::Service service;
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const absl::Status status = StatusOf(absl::StrCat("127.0.0.1:", port));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("andshake")) << status;
}

// Has the agent's certificate and key, but knows no tickets. Ends its first handshakes, as many as
// are `ended_for_room`, as gRPC ends streams for which a user has no room left.
class ProoflessAgent final : public v1::Authentication::Service {
 public:
  explicit ProoflessAgent(const ServerCertificate& certificate, int ended_for_room = 0)
      : ended_for_room_(ended_for_room) {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back(
        {std::string(certificate.key_pem().view()), certificate.certificate_pem()});
    grpc::ServerBuilder builder;
    builder.RegisterService(this);
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port_);
    server_ = builder.BuildAndStart();
  }
  std::string endpoint() const { return absl::StrCat("127.0.0.1:", port_); }
  int other_calls() const { return other_calls_; }

 private:
  grpc::Status Authenticate(grpc::ServerContext*,
                            grpc::ServerReaderWriter<v1::AuthenticateResponse,
                                                     v1::AuthenticateRequest>* stream) override {
    if (ended_for_room_-- > 0) {
      return grpc::Status(grpc::RESOURCE_EXHAUSTED, "Received RST_STREAM with error code 11");
    }
    v1::AuthenticateRequest request;
    stream->Read(&request);
    v1::AuthenticateResponse response;
    response.mutable_session()->set_session_id("made up");
    response.mutable_session()->set_server_signature(request.ticket().client_signature());
    stream->Write(response);
    stream->Read(&request);
    return grpc::Status::OK;
  }
  grpc::Status WhoAmI(grpc::ServerContext*, const v1::WhoAmIRequest*,
                      v1::WhoAmIResponse*) override {
    ++other_calls_;
    return grpc::Status::OK;
  }

  int port_ = 0;
  std::atomic<int> ended_for_room_;
  std::atomic<int> other_calls_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

TEST(TlsClientTest, AServerThatDoesNotKnowTheTicketIsRefused) {
  TlsAgent agent;
  ProoflessAgent proofless(agent.certificate());
  const auto client = Connect(std::make_shared<FakeTicketSource>([&]() {
    AgentTicket ticket = TicketFor(agent, agent.IssueTo(kAlice));
    ticket.endpoint = proofless.endpoint();
    return absl::StatusOr<AgentTicket>(std::move(ticket));
  }));
  const absl::Status refused = client->WhoAmI().status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("did not prove"));
  EXPECT_EQ(proofless.other_calls(), 0);
}

// The agent has not seen the run: a job that it is to be attached to again waits for it.
TEST(TlsClientTest, ARunWhoseHandshakeIsEndedForWantOfRoomIsRepeated) {
  TlsAgent agent;
  ProoflessAgent proofless(agent.certificate(), /*ended_for_room=*/1);
  const auto source = std::make_shared<FakeTicketSource>([&]() {
    AgentTicket ticket = TicketFor(agent, agent.IssueTo(kAlice));
    ticket.endpoint = proofless.endpoint();
    return absl::StatusOr<AgentTicket>(std::move(ticket));
  });
  ClientOptions options;
  options.ticket_source = source;
  options.connect_timeout = absl::Seconds(20);
  v1::LaunchSpec spec;
  spec.add_argv("true");
  const absl::Status second = AgentClient::Connect(options).value()->Run(spec).status();
  EXPECT_THAT(std::string(second.message()), HasSubstr("did not prove"));
  EXPECT_EQ(source->asked(), 2);
}

// Takes whoever is there for the agent, once; after that it waits to be let go.
class CredulousSource final : public HandshakeSource {
 public:
  CredulousSource(std::string endpoint, std::string certificate_sha256)
      : endpoint_(std::move(endpoint)), pin_(std::move(certificate_sha256)) {}

  absl::StatusOr<HandshakePlan> Next() override {
    if (++asked_ > 1) let_go_.WaitForNotification();
    HandshakePlan plan;
    plan.endpoint = endpoint_;
    plan.trust.pin = pin_;
    plan.handshake = std::make_unique<Handshake>();
    return plan;
  }
  int asked() const { return asked_; }
  void LetGo() { let_go_.Notify(); }

 private:
  class Handshake final : public ClientHandshake {
    absl::StatusOr<v1::AuthenticateRequest> Begin(const ClientHandshakeTerms&) override {
      return v1::AuthenticateRequest();
    }
    absl::StatusOr<v1::AuthenticateRequest> Continue(const v1::AuthenticateResponse&) override {
      return absl::InternalError("the server answers with a session at once");
    }
    absl::Status Conclude(const v1::SessionEstablished&) override { return absl::OkStatus(); }
  };

  const std::string endpoint_;
  const std::string pin_;
  std::atomic<int> asked_ = 0;
  absl::Notification let_go_;
};

// A session with a life of no time is to be renewed at once, and open until its stream ends.
TEST(TlsClientTest, OnlyTheCallThatBeginsARenewalWaitsForIt) {
  TlsAgent agent;
  ProoflessAgent server(agent.certificate());
  const auto source =
      std::make_shared<CredulousSource>(server.endpoint(), agent.certificate().hashes().sha256);
  SessionHolder sessions(source, grpc::ChannelArguments());
  SessionPatience patience;
  patience.timeout = absl::Seconds(30);
  const auto session = sessions.Get(patience);
  ASSERT_TRUE(session.ok()) << session.status();
  std::thread first([&] { EXPECT_EQ(sessions.Get(patience).value(), *session); });
  while (source->asked() < 2) std::this_thread::yield();
  const absl::Time start = absl::Now();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sessions.Get(patience).value(), *session);
  EXPECT_LT(absl::Now() - start, absl::Seconds(10)) << "it would be a second each";
  first.join();
  source->LetGo();
}

}  // namespace
}  // namespace proctor
