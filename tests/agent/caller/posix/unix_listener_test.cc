#include "agent/caller/posix/unix_listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/failure_detail.h"
#include "common/mutex.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

// What the listener handed out, in order.
class Visitors {
 public:
  struct Visit {
    UniqueFd connection;
    AnonymousCaller caller;
    absl::Status refused;
  };

  UnixListener::Handler Handler() {
    return {[this](UniqueFd connection, AnonymousCaller caller) {
              Add({std::move(connection), std::move(caller), absl::OkStatus()});
            },
            [this](UniqueFd connection, const absl::Status& reason) {
              Add({std::move(connection), {}, reason});
            }};
  }

  Visit Await() {
    MutexLock lock(&mutex_);
    while (visits_.empty()) {
      if (!arrived_.WaitFor(&mutex_, absl::Seconds(10))) {
        return {UniqueFd(), {}, absl::DeadlineExceededError("nobody came")};
      }
    }
    Visit visit = std::move(visits_.front());
    visits_.pop_front();
    return visit;
  }

 private:
  void Add(Visit visit) {
    MutexLock lock(&mutex_);
    visits_.push_back(std::move(visit));
    arrived_.NotifyAll();
  }

  Mutex mutex_;
  CondVar arrived_;
  std::deque<Visit> visits_ ABSL_GUARDED_BY(mutex_);
};

class UnixListenerTest : public ::testing::Test {
 protected:
  void Listen(uint32_t bound) {
    UnixListener::Options options;
    options.path = path_;
    options.mode = 0600;
    UserBounds::Options bounds;
    bounds.max_connections = bound;
    bounds.new_connections_per_second = 1'000'000;
    bounds_ = std::make_unique<UserBounds>(bounds, Clock::Real());
    options.bounds = bounds_.get();
    auto listener = UnixListener::Start(options, visitors_.Handler());
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
  }

  UniqueFd Connect() {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    return fd;
  }

  // Whether so many come to be counted.
  bool AwaitConnections(uint32_t count) {
    const absl::Duration deadline = Clock::Real()->Monotonic() + absl::Seconds(10);
    while (bounds_->UsageOf(absl::StrCat(::geteuid())).connections != count) {
      if (Clock::Real()->Monotonic() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_.File("agent.sock");
  Visitors visitors_;
  std::unique_ptr<UserBounds> bounds_;
  std::unique_ptr<UnixListener> listener_;
};

TEST_F(UnixListenerTest, TheKernelNamesTheCaller) {
  Listen(10);
  const UniqueFd client = Connect();
  const Visitors::Visit visit = visitors_.Await();
  ASSERT_TRUE(visit.refused.ok()) << visit.refused;
  const v1::PosixIdentity& identity = visit.caller.credentials.posix();
  EXPECT_EQ(identity.uid(), ::geteuid());
  EXPECT_EQ(identity.gid(), ::getegid());
  std::vector<gid_t> groups(static_cast<size_t>(::getgroups(0, nullptr)));
  ASSERT_GE(::getgroups(static_cast<int>(groups.size()), groups.data()), 0);
  EXPECT_EQ(identity.groups_size(), static_cast<int>(groups.size()));
}

TEST_F(UnixListenerTest, AllConnectionsOfWhoMakesTooManyFruitlessCallsEnd) {
  Listen(10);
  const UniqueFd clients[] = {Connect(), Connect()};
  const Visitors::Visit visits[] = {visitors_.Await(), visitors_.Await()};
  while (bounds_->CountFruitless(absl::StrCat(::geteuid()))) continue;
  for (const UniqueFd& client : clients) {
    char byte = 0;
    EXPECT_EQ(::recv(client.get(), &byte, 1, 0), 0);
  }
  const UniqueFd another = Connect();
  EXPECT_TRUE(absl::IsResourceExhausted(visitors_.Await().refused));
}

TEST_F(UnixListenerTest, TheSocketHasTheConfiguredMode) {
  Listen(10);
  struct stat info;
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(UnixListenerTest, ConnectionsAreBoundedAndCountedUntilTheyEnd) {
  Listen(2);
  UniqueFd first = Connect();
  const UniqueFd second = Connect();
  Visitors::Visit first_visit = visitors_.Await();
  const Visitors::Visit second_visit = visitors_.Await();
  const UniqueFd third = Connect();
  EXPECT_EQ(visitors_.Await().refused.code(), absl::StatusCode::kResourceExhausted);
  first.reset();
  // The server's end is still open, as gRPC's is for a moment; the peer's end decides.
  EXPECT_TRUE(AwaitConnections(1));
  const UniqueFd again = Connect();
  const absl::Status status = visitors_.Await().refused;
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(UnixListenerTest, AConnectionTheServerShutsDownIsNoLongerCounted) {
  Listen(1);
  const UniqueFd client = Connect();
  const Visitors::Visit visit = visitors_.Await();
  ::shutdown(visit.connection.get(), SHUT_RDWR);
  EXPECT_TRUE(AwaitConnections(0));
  const UniqueFd again = Connect();
  const absl::Status status = visitors_.Await().refused;
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(UnixListenerTest, AStaleSocketFileIsReplacedAndTheOwnRemoved) {
  Listen(1);
  listener_.reset();
  struct stat info;
  EXPECT_NE(::stat(path_.c_str(), &info), 0);
  Listen(1);
  const UniqueFd client = Connect();
  EXPECT_TRUE(visitors_.Await().refused.ok());
}

TEST_F(UnixListenerTest, APathThatDoesNotFitIsRefused) {
  UnixListener::Options options;
  options.path = "/tmp/" + std::string(200, 'x');
  EXPECT_EQ(UnixListener::Start(options, visitors_.Handler()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(UnixListenerTest, WhoHasNoUserOfItsOwnIsToldWhatToDo) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  Listen(4);
  ::chmod(path_.c_str(), 0666);
  ::chmod(directory_.path().c_str(), 0755);
  constexpr uid_t kOverflow = 65534;
  // The C library's setresuid would change every thread.
  std::thread nobody([this] {
    ASSERT_EQ(::syscall(SYS_setresuid, -1, kOverflow, -1), 0);
    const UniqueFd fd = Connect();
  });
  nobody.join();
  const absl::Status refused = visitors_.Await().refused;
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << refused;
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(refused);
  ASSERT_TRUE(detail.has_value());
  EXPECT_NE(detail->advice().find("user namespace"), std::string::npos);
}

}  // namespace
}  // namespace proctor
