#include "agent/rpc/identity_servers.h"

#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/agent/rpc/served_agent.h"
#include "tests/agent/token/identifying_pipeline.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

constexpr size_t kNamed = 2;
constexpr size_t kNameless = 3;

class IdentityServersTest : public ServedAgentTest {
 protected:
  IdentityServersTest() {
    core_.bounds = &bounds_;
    servers_ = std::make_unique<IdentityServers>(
        core_, IdentityServer::Options{absl::Minutes(5)},
        IdentityServers::Bounds{.named = kNamed, .nameless = kNameless});
  }

  // Makes a call on a new connection of the user, which stays open. `name` empty: it has no
  // account.
  grpc::StatusCode Connect(uint32_t uid, const std::string& name = "") {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    EXPECT_TRUE(bounds_.OpenConnection(absl::StrCat(uid)).ok());
    AnonymousCaller caller;
    caller.credentials.set_name(name);
    caller.credentials.mutable_posix()->set_uid(uid);
    servers_->Accept(UniqueFd(ends[0]), std::move(caller));
    channels_[uid] = grpc::CreateInsecureChannelFromFd("agent", ends[1]);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kPatience);
    v1::WhoAmIResponse who;
    const grpc::Status status =
        v1::Authentication::NewStub(channels_[uid])->WhoAmI(&context, {}, &who);
    EXPECT_EQ(who.principal().posix().uid(), status.ok() ? uid : 0);
    return status.error_code();
  }
  // A connection of the user that nobody waits for. Returns its other end.
  UniqueFd Begin(uint32_t uid) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    EXPECT_TRUE(bounds_.OpenConnection(absl::StrCat(uid)).ok());
    AnonymousCaller caller;
    caller.credentials.mutable_posix()->set_uid(uid);
    servers_->Accept(UniqueFd(ends[0]), std::move(caller));
    return UniqueFd(ends[1]);
  }
  void Disconnect(uint32_t uid) {
    const std::string user = absl::StrCat(uid);
    channels_.erase(uid);
    bounds_.CloseConnection(user);
    EXPECT_TRUE(Eventually([&] { return bounds_.UsageOf(user).calls == 0; }));
  }

  UserBounds bounds_{UserBounds::Options(), Clock::Real()};
  std::unique_ptr<IdentityServers> servers_;
  std::map<uint32_t, std::shared_ptr<grpc::Channel>> channels_;
};

TEST_F(IdentityServersTest, IdentitiesThatComeAndGoAreForgotten) {
  for (uint32_t uid = 100'000; uid < 100'020; ++uid) {
    ASSERT_EQ(Connect(uid), grpc::OK);
    Disconnect(uid);
    ASSERT_EQ(Connect(uid + 100, absl::StrCat("user", uid)), grpc::OK);
    Disconnect(uid + 100);
    EXPECT_LE(servers_->size(), kNamed + kNameless);
  }
  EXPECT_EQ(Connect(100'000), grpc::OK);  // As on the first day.
}

TEST_F(IdentityServersTest, UsersWithoutAnAccountLeaveRoomForThoseWithOne) {
  for (uint32_t uid = 1; uid <= kNameless; ++uid) ASSERT_EQ(Connect(uid), grpc::OK);
  EXPECT_EQ(Connect(50), grpc::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Connect(kAlice, "alice"), grpc::OK);
  Disconnect(2);
  EXPECT_EQ(Connect(51), grpc::OK);
  EXPECT_EQ(Connect(1), grpc::OK);
  EXPECT_EQ(servers_->size(), kNameless + 1);
}

TEST_F(IdentityServersTest, NobodyWithAnAccountIsRefused) {
  for (uint32_t uid = 1; uid <= 2 * kNamed; ++uid) {
    EXPECT_EQ(Connect(uid, absl::StrCat("user", uid)), grpc::OK);
  }
  EXPECT_EQ(servers_->size(), 2 * kNamed);
}

TEST_F(IdentityServersTest, ANameServiceThatDoesNotAnswerForOneHoldsUpNobodyElse) {
  constexpr uint32_t kSilent = 7;
  absl::Notification asked;
  absl::Notification answered;
  IdentifyingPipeline names([&](const AnonymousCaller& caller) {
    const uint32_t uid = caller.credentials.posix().uid();
    if (uid == kSilent) {
      if (!asked.HasBeenNotified()) asked.Notify();
      answered.WaitForNotification();
    }
    return TokenTestPeer::Caller(uid, caller.credentials.name());
  });
  core_.pipeline = &names;
  const UniqueFd held = Begin(kSilent);
  asked.WaitForNotification();
  EXPECT_EQ(Connect(8, "bob"), grpc::OK);
  EXPECT_EQ(servers_->size(), 1u);
  answered.Notify();
  EXPECT_TRUE(Eventually([&] { return servers_->size() == 2; }));
  EXPECT_TRUE(servers_->Shutdown(absl::Seconds(30)));
}

}  // namespace
}  // namespace proctor
