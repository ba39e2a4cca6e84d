// What callers meet who have come over TLS when another listener cannot be opened.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "agent/daemon.h"
#include "client/agent_client.h"
#include "common/hex_bytes.h"
#include "common/linux/seqpacket_socket.h"
#include "proctor/jobhost/jobhost.pb.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

// A job host without jobs, for one agent. What PAM would be asked it cannot ask, and says so after
// a while.
class SlowJobHost {
 public:
  explicit SlowJobHost(const std::string& path)
      : listener_(SeqpacketSocket::Listen(path).value()), thread_([this] { Serve(); }) {}
  // After the agent has gone.
  ~SlowJobHost() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // Where no agent has come.
    thread_.join();
  }

  absl::Notification asked;

 private:
  void Serve() {
    Await(listener_.get());
    UniqueFd connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!connection.valid()) return;
    const SeqpacketSocket socket(std::move(connection));
    while (true) {
      Await(socket.fd());
      const absl::StatusOr<Datagram> datagram = socket.Receive();
      jobhost::ToHost message;
      if (!datagram.ok() || !message.ParseFromString(datagram->bytes)) return;
      if (message.has_hello()) Welcome(socket);
      if (message.has_logon()) Answer(socket, message.logon().request());
    }
  }
  static void Await(int fd) {
    pollfd readable = {fd, POLLIN, 0};
    ::poll(&readable, 1, -1);
  }
  static void Welcome(const SeqpacketSocket& socket) {
    jobhost::ToAgent message;
    message.mutable_hello_reply()->set_protocol_version(1);
    EXPECT_TRUE(socket.Send(message).ok());
    message.mutable_inventory_end();
    EXPECT_TRUE(socket.Send(message).ok());
  }
  void Answer(const SeqpacketSocket& socket, uint64_t request) {
    asked.Notify();
    absl::SleepFor(absl::Milliseconds(300));
    jobhost::ToAgent message;
    message.mutable_logon_reply()->set_request(request);
    message.mutable_logon_reply()->set_error(EIO);
    message.mutable_logon_reply()->set_call("clone3");
    EXPECT_TRUE(socket.Send(message).ok());
  }

  const UniqueFd listener_;
  std::thread thread_;
};

// Takes the program's log, and runs `at` where a line begins with `prefix`, with the rest of it.
class LogHook final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  LogHook(std::string prefix, std::function<void(const std::string&)> at)
      : prefix_(std::move(prefix)), at_(std::move(at)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string line(message.payload.data(), message.payload.size());
    if (absl::StartsWith(line, prefix_)) at_(line.substr(prefix_.size()));
  }
  void flush_() override {}

 private:
  const std::string prefix_;
  const std::function<void(const std::string&)> at_;
};

class DaemonFailedStartTest : public ::testing::Test {
 protected:
  DaemonFailedStartTest() : before_(spdlog::default_logger()) {
    ::mkdir(directory_.File("run").c_str(), 0755);
    // No socket can be made there.
    ::mkdir(directory_.File("run/agent.sock").c_str(), 0755);
    config_.set_socket(directory_.File("run/agent.sock"));
    config_.set_state_directory(directory_.File("state"));
    config_.mutable_job_host()->set_spawn(false);
    config_.set_tls_listen("127.0.0.1:0");
    config_.mutable_negotiate()->set_enabled(false);
    config_.mutable_logon()->set_enabled(true);
  }
  ~DaemonFailedStartTest() override { spdlog::set_default_logger(before_); }

  // Begins a call, and returns when PAM is being asked about its caller. `listener`:
  // "127.0.0.1:PORT, certificate SHA-256 AB01...".
  void Call(const std::string& listener) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(listener, ", certificate SHA-256 ");
    ClientOptions options;
    options.target = "tls:" + parts.first;
    options.tls.trust.pin = BytesOfHex(parts.second).value();
    options.logon.emplace();
    options.logon->user = "alice";
    options.logon->password = [] { return SecretBytes("a password"); };
    options.retry.window = absl::ZeroDuration();
    call_ = std::thread([this, options = std::move(options)]() mutable {
      answer_ = AgentClient::Connect(std::move(options)).value()->WhoAmI().status();
    });
    host_->asked.WaitForNotification();
  }

  const std::shared_ptr<spdlog::logger> before_;
  TemporaryDirectory directory_;
  config::AgentConfig config_;
  std::unique_ptr<SlowJobHost> host_;
  std::thread call_;
  absl::Status answer_;
};

TEST_F(DaemonFailedStartTest, WhoHasComeOverTlsIsAnswered) {
  host_ = std::make_unique<SlowJobHost>(directory_.File("run/jobhost.sock"));
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<LogHook>("TLS on ",
                                        [this](const std::string& listener) { Call(listener); })));
  const absl::Status failed = Daemon::Start(config_, CapabilitySet(0), 1024).status();
  host_.reset();
  ASSERT_TRUE(call_.joinable()) << failed;
  call_.join();
  EXPECT_THAT(std::string(failed.message()), HasSubstr("agent.sock"));
  EXPECT_TRUE(absl::IsUnavailable(answer_)) << answer_;
  EXPECT_THAT(std::string(answer_.message()), HasSubstr("logons cannot be judged at this moment"));
}

}  // namespace
}  // namespace proctor
