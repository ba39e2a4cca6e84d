#include "agent/rpc/identity_server.h"

#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "google/rpc/status.pb.h"
#include "proctor/v1/agent.grpc.pb.h"
#include "tests/agent/rpc/tls_agent.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {
namespace {

constexpr uint32_t kAlice = 1001;

class IdentityServerTest : public testing::Test {
 protected:
  IdentityServerTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    server_->Accept(UniqueFd(ends[0]));
    channel_ = grpc::CreateInsecureChannelFromFd("agent", ends[1]);
    stub_ = v1::Authentication::NewStub(channel_);
  }

  TlsAgent agent_;  // For its core.
  std::unique_ptr<IdentityServer> server_ = IdentityServer::Create(
      agent_.core(), TokenTestPeer::Caller(kAlice), {absl::Minutes(1)}, grpc::ResourceQuota());
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Authentication::Stub> stub_;
};

v1::FailureDetail DetailOf(const grpc::Status& status) {
  google::rpc::Status details;
  v1::FailureDetail detail;
  if (details.ParseFromString(status.error_details()) && details.details_size() == 1) {
    details.details(0).UnpackTo(&detail);
  }
  return detail;
}

TEST_F(IdentityServerTest, TheConnectionIsTheCaller) {
  grpc::ClientContext context;
  context.AddMetadata("proctor-session", "of somebody else");
  v1::WhoAmIResponse who;
  const grpc::Status status = stub_->WhoAmI(&context, {}, &who);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(who.principal().posix().uid(), kAlice);
}

// What it would expand to is not counted.
TEST_F(IdentityServerTest, ACompressedRequestIsRefused) {
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    v1::LaunchRequest request;
    request.mutable_spec()->mutable_standard_input()->set_data(std::string(1 << 20, 'x'));
    v1::LaunchResponse response;
    const grpc::Status status = v1::Agent::NewStub(channel_)->Launch(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::UNIMPLEMENTED) << status.error_message();
    EXPECT_NE(status.error_message().find("is disabled"), std::string::npos)
        << status.error_message();
  }
}

TEST_F(IdentityServerTest, WhomTheKernelNamedNeedNotAuthenticate) {
  grpc::ClientContext context;
  const auto stream = stub_->Authenticate(&context);
  v1::AuthenticateResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::FAILED_PRECONDITION);
}

class GarbageTest : public IdentityServerTest {
 protected:
  // Calls the method with bytes that are no message.
  grpc::Status Send(const std::string& method) {
    const grpc::Slice slice("\x0a\xff\xff\xff");
    grpc::ByteBuffer request(&slice, 1);
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    grpc::ByteBuffer answer;
    grpc::Status status;
    const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
    call->StartCall();
    call->Finish(&answer, &status, this);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
    return status;
  }
};

TEST_F(GarbageTest, IsAnInvalidArgumentOfEveryMethod) {
  for (const char* const method :
       {"/proctor.v1.Agent/Launch", "/proctor.v1.Agent/Run", "/proctor.v1.Agent/Wait",
        "/proctor.v1.Agent/ReadOutput", "/proctor.v1.Authentication/WhoAmI"}) {
    const grpc::Status status = Send(method);
    EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << method;
    EXPECT_NE(status.error_message().find("cannot be parsed"), std::string::npos) << method;
    google::rpc::Status details;
    v1::FailureDetail detail;
    ASSERT_TRUE(details.ParseFromString(status.error_details()) && details.details_size() == 1);
    ASSERT_TRUE(details.details(0).UnpackTo(&detail));
    EXPECT_EQ(detail.subject(), method);
  }
}

TEST_F(GarbageTest, AMethodThatThereIsNotIsStillUnimplemented) {
  EXPECT_EQ(Send("/proctor.v1.Agent/NoSuch").error_code(), grpc::UNIMPLEMENTED);
}

// HTTP/2 as it is on the wire (RFC 9113): frames of nine bytes and a payload.
std::string Frame(char type, char flags, const std::string& payload) {
  std::string frame(9, '\0');
  frame[2] = static_cast<char>(payload.size());
  frame[3] = type;
  frame[4] = flags;
  return frame + payload;
}

constexpr char kPing = 6;
constexpr char kGoAway = 7;

// The types of the frames that came, until `pings` answers to pings or a GOAWAY or the end.
std::string TypesOfFrames(int fd, size_t pings) {
  std::string types;
  std::string received;
  size_t answers = 0;
  while (answers < pings && types.find(kGoAway) == std::string::npos) {
    pollfd polled = {fd, POLLIN, 0};
    if (::poll(&polled, 1, 10'000) != 1) return types;
    char buffer[4096];
    const ssize_t count = ::read(fd, buffer, sizeof(buffer));
    if (count <= 0) return types;
    received.append(buffer, static_cast<size_t>(count));
    while (received.size() >= 9) {
      const size_t size = 9 + static_cast<unsigned char>(received[1]) * 256 +
                          static_cast<unsigned char>(received[2]);
      if (received.size() < size) break;
      types += received[3];
      if (received[3] == kPing) ++answers;
      received.erase(0, size);
    }
  }
  return types;
}

TEST_F(IdentityServerTest, ALocalPeerMayPingAtAnyRate) {
  constexpr size_t kPings = 50;
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
  server_->Accept(UniqueFd(ends[0]));
  const UniqueFd peer(ends[1]);
  std::string sent = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(4, 0, "");
  for (size_t i = 0; i < kPings; ++i) sent += Frame(kPing, 0, "12345678");
  ASSERT_EQ(::write(peer.get(), sent.data(), sent.size()), static_cast<ssize_t>(sent.size()));
  const std::string types = TypesOfFrames(peer.get(), kPings);
  EXPECT_EQ(types.find(kGoAway), std::string::npos);
  EXPECT_EQ(std::count(types.begin(), types.end(), kPing), static_cast<ptrdiff_t>(kPings));
}

TEST_F(IdentityServerTest, ARequestThatIsTooLongIsToldTheBound) {
  agent_.BoundRequests(1000);
  const auto agent = v1::Agent::NewStub(channel_);
  grpc::ClientContext context;
  v1::LaunchRequest request;
  request.mutable_spec()->add_argv(std::string(1000, 'x'));
  v1::LaunchResponse response;
  const grpc::Status status = agent->Launch(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(DetailOf(status).subject(), "max_request_bytes");
}

}  // namespace
}  // namespace proctor
