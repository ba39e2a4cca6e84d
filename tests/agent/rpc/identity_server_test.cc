#include "agent/rpc/identity_server.h"

#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

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
    stub_ = v1::Authentication::NewStub(grpc::CreateInsecureChannelFromFd("agent", ends[1]));
  }

  TlsAgent agent_;  // For its core.
  std::unique_ptr<IdentityServer> server_ = IdentityServer::Create(
      agent_.core(), TokenTestPeer::Caller(kAlice), {8 << 20, absl::Minutes(1)});
  std::unique_ptr<v1::Authentication::Stub> stub_;
};

TEST_F(IdentityServerTest, TheConnectionIsTheCaller) {
  grpc::ClientContext context;
  context.AddMetadata("proctor-session", "of somebody else");
  v1::WhoAmIResponse who;
  const grpc::Status status = stub_->WhoAmI(&context, {}, &who);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(who.principal().posix().uid(), kAlice);
}

TEST_F(IdentityServerTest, WhomTheKernelNamedNeedNotAuthenticate) {
  grpc::ClientContext context;
  const auto stream = stub_->Authenticate(&context);
  v1::AuthenticateResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace proctor
