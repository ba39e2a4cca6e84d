// What one user who comes over TLS may hold of an agent, and what of it another one notices.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "agent/header_bounds.h"
#include "common/hex_bytes.h"
#include "proctor/v1/authentication.pb.h"
#include "tests/hostile/hostile_test.h"
#include "tests/hostile/http2_frames.h"
#include "tests/hostile/raw_connection.h"

namespace proctor {
namespace {

using http2::FrameType;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kPassword[] = "Tres-secret;motto";
constexpr int kConnections = 10;
constexpr uint32_t kStreams = 40;
// Of each request: 1.6 GB together, of which gRPC buffers 34 MiB for all users (see the limits).
constexpr uint32_t kAnnounced = 4'000'000;

absl::Status AwaitFrame(RawConnection* connection, FrameType type, uint32_t stream) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  while (http2::CountFrames(connection->received(), type, stream) == 0) {
    if (connection->AwaitClose(milliseconds(10))) {
      return absl::UnavailableError("the agent has closed the connection");
    }
    if (steady_clock::now() > deadline) return absl::DeadlineExceededError("no answer");
  }
  return absl::OkStatus();
}

// A connection that goes on with its requests in turn, until all but the last piece of each is
// sent.
class Hoarder {
 public:
  Hoarder(const std::string& target, const v1::AuthenticateRequest& proof)
      : connection_(Must(RawConnection::Open(target))) {
    connection_.Send(absl::StrCat(http2::Preface(),
                                  http2::Request(1, "/proctor.v1.Authentication/Authenticate"),
                                  http2::Message(1, proof.SerializeAsString())));
    Must(AwaitFrame(&connection_, FrameType::kData, 1));
    std::string begun;
    for (uint32_t i = 0; i < kStreams; ++i) {
      absl::StrAppend(&begun, http2::Request(StreamOf(i), "/proctor.v1.Agent/Launch"),
                      http2::BegunMessage(StreamOf(i), kAnnounced, "x"));
    }
    connection_.Send(begun);
    // gRPC makes room for the whole message then.
    Must(AwaitFrame(&connection_, FrameType::kWindowUpdate, StreamOf(kStreams - 1)));
  }

  // Sends what the socket takes, up to some pieces.
  void Proceed() {
    connection_.Receive();
    for (int turn = 0; turn < 16; ++turn) {
      if (left_.empty() && round_ < kStreams * (kAnnounced / http2::kMaxFramePayload)) {
        left_ = http2::Frame(FrameType::kData, 0, StreamOf(round_++ % kStreams),
                             std::string(http2::kMaxFramePayload, 'x'));
      }
      left_.erase(0, connection_.TrySend(left_));
      if (!left_.empty()) return;
    }
  }

  bool closed() const { return connection_.closed(); }
  size_t EndedRequests() const {
    return http2::CountFrames(connection_.received(), FrameType::kResetStream);
  }

 private:
  static uint32_t StreamOf(uint32_t i) { return 2 * i + 3; }

  RawConnection connection_;
  std::string left_;
  uint32_t round_ = 0;
};

class TlsUserTest : public HostileTest {
 protected:
  void SetUp() override {
    HostileTest::SetUp();
    if (IsSkipped()) return;
    if (!HeadersAreBounded()) GTEST_SKIP() << "needs the patched units of gRPC";
    for (const Account* account : {&user(), &other_user()}) {
      const std::string set = absl::StrCat("echo '", account->name, ":", kPassword, "' | chpasswd");
      ASSERT_EQ(std::system(set.c_str()), 0);
    }
    Write("proctor-test",
          "auth required pam_unix.so\naccount required pam_unix.so\nsession required "
          "pam_permit.so\n");
    Write("host", absl::StrCat("#!/bin/sh\nexec ", PROCTOR_BIN_DIR,
                               "/proctor-jobhost \"$@\" --pam-config ", directory().path(), "\n"));
    StartTarget(
        absl::StrCat("logon { enabled: true pam_service: \"proctor-test\" }\n",
                     "job_host { program: \"", Path("host"), "\" }\n",
                     "limits { max_request_bytes: 4194304 max_buffered_bytes_per_user: 8388608 ",
                     "max_tls_connections: 64 max_new_connections_per_second_per_address: 1000000 ",
                     "max_unauthenticated_calls_per_second_per_address: 1000000 }\n"));
    target_ = tls_target();
    attacker_ = other_user().name;
    const std::string before = "certificate SHA-256 ";
    const std::string log = agent().Log();
    const size_t found = log.find(before);
    ASSERT_NE(found, std::string::npos) << log;
    certificate_ = Must(BytesOfHex(log.substr(found + before.size(), 64)));
  }

  std::string Path(const std::string& file) const {
    return absl::StrCat(directory().path(), "/", file);
  }
  void Write(const std::string& file, const std::string& text) const {
    std::ofstream(Path(file)) << text;
    ::chmod(Path(file).c_str(), 0755);
  }

  // Each session asks for the password once, and is counted.
  ClientOptions Options(int* sessions) {
    ClientOptions options;
    options.target = absl::StrCat("tls:", target_);
    options.tls.trust.pin = certificate_;
    options.logon.emplace();
    options.logon->user = user().name;
    options.logon->password = [sessions]() -> absl::StatusOr<SecretBytes> {
      ++*sessions;
      return SecretBytes(std::string(kPassword));
    };
    // A call that had to be made again is one that failed.
    options.retry.window = absl::ZeroDuration();
    return options;
  }

  absl::Status CheckHealth() const {
    absl::StatusOr<RawConnection> connection = RawConnection::Open(target_);
    if (!connection.ok()) return connection.status();
    connection->Send(absl::StrCat(http2::Preface(),
                                  http2::Request(1, "/grpc.health.v1.Health/Check"),
                                  http2::Message(1, "", /*end_stream=*/true)));
    return AwaitFrame(&*connection, FrameType::kData, 1);
  }

  // A user with one attached run; beside it calls follow each other, in its session and, of
  // somebody without one, on new connections. Ends when there is a file `until`.
  std::string Attend(const std::string& until) {
    int sessions = 0;
    const std::unique_ptr<AgentClient> client = Must(AgentClient::Connect(Options(&sessions)));
    std::string job;
    absl::Notification launched;
    RunCallbacks callbacks;
    callbacks.on_launched = [&](const v1::LaunchResponse& response) {
      job = response.job_id();
      launched.Notify();
    };
    absl::Status attached;
    std::thread run([&] { attached = client->Run(Spec("wait_for_end"), callbacks).status(); });
    size_t calls = 0;
    absl::Status status;
    if (launched.WaitForNotificationWithTimeout(absl::Seconds(20))) {
      while (status.ok() && ::access(until.c_str(), F_OK) != 0) {
        status = client->WhoAmI().status();
        if (status.ok()) status = CheckHealth();
        ++calls;
      }
      v1::KillRequest end;
      end.set_job_id(job);
      client->Kill(end).status().IgnoreError();
    }
    run.join();
    EXPECT_EQ(attached, absl::OkStatus());
    EXPECT_EQ(status, absl::OkStatus()) << "after " << calls << " calls";
    EXPECT_EQ(sessions, 1);
    return absl::StrCat(calls);
  }

  std::string Hoard(steady_clock::time_point until) const {
    std::vector<Hoarder> hoarders;
    for (int i = 0; i < kConnections; ++i) hoarders.emplace_back(target_, ProofOf(i));
    size_t ended = 0;
    // On a busy machine it takes longer to use up the room.
    const auto deadline = until + std::chrono::seconds(60);
    while (steady_clock::now() < until || (ended == 0 && steady_clock::now() < deadline)) {
      ended = 0;
      for (Hoarder& hoarder : hoarders) {
        hoarder.Proceed();
        ended += hoarder.EndedRequests();
      }
      // The flood's pace, and no wait of the test.
      std::this_thread::sleep_for(milliseconds(1));
    }
    const auto open = std::count_if(hoarders.begin(), hoarders.end(),
                                    [](const Hoarder& hoarder) { return !hoarder.closed(); });
    EXPECT_GT(ended, 0u) << "the agent's room was never used up";
    return absl::StrCat(ended, " of its requests were ended, ", open, " connections still open");
  }

 private:
  v1::AuthenticateRequest ProofOf(int connection) const {
    v1::AuthenticateRequest proof;
    proof.set_mechanism("logon");
    proof.set_client_nonce(std::string(32, static_cast<char>('a' + connection)));
    proof.set_binding(certificate_);
    proof.mutable_logon()->set_user(attacker_);
    proof.mutable_logon()->set_password(kPassword);
    return proof;
  }

  std::string target_;
  std::string certificate_;
  std::string attacker_;
};

// gRPC has to give up something when they have used up what it buffers for all users together.
TEST_F(TlsUserTest, RequestsOfOneUserThatNeverEndEndNoSessionOfAnother) {
  const std::string until = Path("until");
  ForkedTask attendant(user(), [&] { return Attend(until); });
  const std::vector<std::string> told =
      Withstand([this](steady_clock::time_point end) { return Hoard(end); });
  EXPECT_FALSE(attendant.Ended()) << told.front();
  Write("until", "");
  RecordProperty("calls", attendant.Join());
  RecordProperty("told", told.front());
}

}  // namespace
}  // namespace proctor
