#include "common/linux/seqpacket_socket.h"

#include <fcntl.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor {
namespace {

using google::protobuf::BytesValue;

// Its serialised form is a few bytes longer than `size`.
BytesValue Message(size_t size, char fill = 'x') {
  BytesValue message;
  message.set_value(std::string(size, fill));
  return message;
}

int ErrnoOf(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() ? error->code : 0;
}

bool AwaitReadable(int fd) {
  pollfd wait = {fd, POLLIN, 0};
  return ::poll(&wait, 1, 10'000) == 1;
}

bool SameFile(int a, int b) {
  struct stat first;
  struct stat second;
  return ::fstat(a, &first) == 0 && ::fstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

class SeqpacketSocketTest : public testing::Test {
 protected:
  void SetUp() override {
    int fds[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
    near_ = SeqpacketSocket(UniqueFd(fds[0]));
    far_ = SeqpacketSocket(UniqueFd(fds[1]));
  }

  // What `far_` receives next, parsed; fails the test when it does not come.
  std::pair<BytesValue, std::vector<UniqueFd>> ReceiveMessage() {
    BytesValue message;
    if (!AwaitReadable(far_.fd())) {
      ADD_FAILURE() << "nothing arrived";
      return {};
    }
    absl::StatusOr<Datagram> datagram = far_.Receive();
    EXPECT_TRUE(datagram.ok()) << datagram.status();
    if (!datagram.ok()) return {};
    EXPECT_TRUE(message.ParseFromString(datagram->bytes));
    return {std::move(message), std::move(datagram->fds)};
  }

  // Sends bytes that SeqpacketSocket did not frame.
  void SendRaw(absl::string_view bytes) {
    ASSERT_EQ(::send(near_.fd(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }

  SeqpacketSocket near_{UniqueFd()};
  SeqpacketSocket far_{UniqueFd()};
};

TEST_F(SeqpacketSocketTest, AMessageArrivesWhole) {
  ASSERT_TRUE(near_.Send(Message(1000)).ok());
  EXPECT_EQ(ReceiveMessage().first.value(), std::string(1000, 'x'));
}

TEST_F(SeqpacketSocketTest, AnEmptyMessageIsNotTheEndOfTheConnection) {
  ASSERT_TRUE(near_.Send(BytesValue()).ok());
  EXPECT_EQ(ReceiveMessage().first.value(), "");
}

TEST_F(SeqpacketSocketTest, MessagesKeepTheirOrderAndBounds) {
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(near_.Send(Message(i, 'a')).ok());
  for (size_t i = 0; i < 50; ++i) EXPECT_EQ(ReceiveMessage().first.value().size(), i);
}

TEST_F(SeqpacketSocketTest, NothingToReadIsEagain) {
  EXPECT_EQ(ErrnoOf(far_.Receive().status()), EAGAIN);
}

class MessageSizeTest : public SeqpacketSocketTest, public testing::WithParamInterface<size_t> {};

TEST_P(MessageSizeTest, ArrivesUnchanged) {
  ASSERT_TRUE(near_.Send(Message(GetParam(), 'q')).ok());
  EXPECT_EQ(ReceiveMessage().first.value(), std::string(GetParam(), 'q'));
}

// Around the 64 KiB where a message moves into a memfd, and far above any socket buffer.
INSTANTIATE_TEST_SUITE_P(Sizes, MessageSizeTest,
                         testing::Values(64 * 1024 - 8, 64 * 1024 - 4, 64 * 1024 - 3, 64 * 1024,
                                         1 << 20, 8 << 20));

TEST_F(SeqpacketSocketTest, DescriptorsComeWithTheirMessageAndCloseOnExec) {
  UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  UniqueFd memory(::memfd_create("test", 0));
  ASSERT_TRUE(near_.Send(Message(10), {null.get(), memory.get()}).ok());
  const auto [message, fds] = ReceiveMessage();
  ASSERT_EQ(fds.size(), 2U);
  EXPECT_TRUE(SameFile(fds[0].get(), null.get()));
  EXPECT_TRUE(SameFile(fds[1].get(), memory.get()));
  for (const UniqueFd& fd : fds) EXPECT_EQ(::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(SeqpacketSocketTest, ABigMessageKeepsOnlyTheDescriptorsOfItsSender) {
  UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(near_.Send(Message(300 * 1024), {null.get()}).ok());
  const auto [message, fds] = ReceiveMessage();
  EXPECT_EQ(message.value().size(), 300U * 1024);
  ASSERT_EQ(fds.size(), 1U);
  EXPECT_TRUE(SameFile(fds[0].get(), null.get()));
}

TEST_F(SeqpacketSocketTest, TooManyDescriptorsAreRefused) {
  UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::vector<int> nine(9, null.get());
  EXPECT_FALSE(near_.Send(Message(10), nine).ok());
  const std::vector<int> eight(8, null.get());
  EXPECT_FALSE(near_.Send(Message(300 * 1024), eight).ok());
  EXPECT_TRUE(near_.Send(Message(10), eight).ok());
  EXPECT_EQ(ReceiveMessage().second.size(), 8U);
}

TEST_F(SeqpacketSocketTest, AClosedPeerIsUnavailable) {
  far_ = SeqpacketSocket(UniqueFd());
  EXPECT_EQ(near_.Send(Message(10)).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(near_.Receive().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SeqpacketSocketTest, WhatADeadPeerSentIsStillDelivered) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    static_cast<void>(near_.Send(Message(10, 'd')));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  near_ = SeqpacketSocket(UniqueFd());
  EXPECT_EQ(ReceiveMessage().first.value(), std::string(10, 'd'));
  EXPECT_EQ(far_.Receive().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SeqpacketSocketTest, SendDoesNotBlockOnAPeerThatDoesNotRead) {
  absl::Status status;
  int sent = 0;
  while (sent < 100'000 && (status = near_.Send(Message(1000))).ok()) ++sent;
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrnoOf(status), EAGAIN);
  EXPECT_EQ(ErrnoOf(near_.SendBlocking(Message(1000), {}, 10)), EAGAIN);
  for (int i = 0; i < sent; ++i) ASSERT_EQ(ReceiveMessage().first.value().size(), 1000U);
  EXPECT_EQ(ErrnoOf(far_.Receive().status()), EAGAIN);
}

TEST_F(SeqpacketSocketTest, SendBlockingWaitsForRoom) {
  int sent = 0;
  while (near_.Send(Message(1000)).ok()) ++sent;
  std::thread sender([this] { EXPECT_TRUE(near_.SendBlocking(Message(7, 'z'), {}, 10'000).ok()); });
  for (int i = 0; i < sent; ++i) ASSERT_EQ(ReceiveMessage().first.value().size(), 1000U);
  EXPECT_EQ(ReceiveMessage().first.value(), "zzzzzzz");
  sender.join();
}

TEST_F(SeqpacketSocketTest, ManyThreadsMaySendAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::vector<std::thread> senders;
  for (int t = 0; t < kThreads; ++t) {
    senders.emplace_back([this, t] {
      for (int i = 0; i < kEach; ++i) {
        BytesValue message;
        message.set_value(absl::StrCat(t, ":", i));
        ASSERT_TRUE(near_.SendBlocking(message, {}, 10'000).ok());
      }
    });
  }
  std::set<std::string> received;
  for (int i = 0; i < kThreads * kEach; ++i) received.insert(ReceiveMessage().first.value());
  for (std::thread& sender : senders) sender.join();
  EXPECT_EQ(received.size(), static_cast<size_t>(kThreads * kEach));
}

TEST_F(SeqpacketSocketTest, UnknownFramingIsDataLoss) {
  SendRaw("\x07hello");
  EXPECT_EQ(far_.Receive().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SeqpacketSocketTest, AMemfdMarkerWithoutADescriptorIsDataLoss) {
  SendRaw("\x01");
  EXPECT_EQ(far_.Receive().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SeqpacketSocketTest, ADatagramAboveTheInlineBoundIsDataLoss) {
  SendRaw(std::string(64 * 1024 + 2, '\0'));
  EXPECT_EQ(far_.Receive().status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SeqpacketSocketTest, ADescriptorThatIsNoMemfdIsDataLoss) {
  int pipe_fds[2];
  ASSERT_EQ(::pipe2(pipe_fds, O_CLOEXEC), 0);
  const UniqueFd read_end(pipe_fds[0]);
  const UniqueFd write_end(pipe_fds[1]);
  char marker = 1;
  iovec part = {&marker, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = read_end.get();
  std::memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
  ASSERT_EQ(::sendmsg(near_.fd(), &header, 0), 1);
  EXPECT_EQ(far_.Receive().status().code(), absl::StatusCode::kDataLoss);
}

// Sockets with a name.
class SeqpacketListenerTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/seqpacket_test.XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    directory_ = pattern;
    path_ = absl::StrCat(directory_, "/socket");
  }
  void TearDown() override {
    ::unlink(path_.c_str());
    EXPECT_EQ(::rmdir(directory_.c_str()), 0);
  }

  std::string directory_;
  std::string path_;
};

TEST_F(SeqpacketListenerTest, ConnectsAndNamesThePeer) {
  absl::StatusOr<UniqueFd> listener = SeqpacketSocket::Listen(path_);
  ASSERT_TRUE(listener.ok()) << listener.status();
  absl::StatusOr<SeqpacketSocket> client = SeqpacketSocket::Connect(path_);
  ASSERT_TRUE(client.ok()) << client.status();
  const SeqpacketSocket server(
      UniqueFd(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)));
  for (const SeqpacketSocket* end :
       std::initializer_list<const SeqpacketSocket*>{&*client, &server}) {
    absl::StatusOr<PeerCredentials> peer = end->Peer();
    ASSERT_TRUE(peer.ok()) << peer.status();
    EXPECT_EQ(peer->pid, ::getpid());
    EXPECT_EQ(peer->uid, ::getuid());
    EXPECT_EQ(peer->gid, ::getgid());
  }
  ASSERT_TRUE(client->Send(Message(5)).ok());
  EXPECT_TRUE(server.Receive().ok());
}

TEST_F(SeqpacketListenerTest, TheSocketFileIsItsOwnersOnly) {
  ASSERT_TRUE(SeqpacketSocket::Listen(path_).ok());
  struct stat info;
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600U);
}

TEST_F(SeqpacketListenerTest, AStaleSocketFileIsReplaced) {
  ASSERT_TRUE(SeqpacketSocket::Listen(path_).ok());
  EXPECT_EQ(SeqpacketSocket::Connect(path_).status().code(), absl::StatusCode::kUnavailable);
  const absl::StatusOr<UniqueFd> listener = SeqpacketSocket::Listen(path_);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(SeqpacketSocket::Connect(path_).ok());
}

TEST_F(SeqpacketListenerTest, NobodyListeningIsUnavailable) {
  EXPECT_EQ(SeqpacketSocket::Connect(path_).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SeqpacketListenerTest, APathLongerThanTheKernelTakesIsRefused) {
  const std::string path(200, 'x');
  EXPECT_EQ(SeqpacketSocket::Connect(path).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SeqpacketSocket::Listen(path).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace proctor
