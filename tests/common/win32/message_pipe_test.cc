#include "common/win32/message_pipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"
#include "common/win32/pipe_listener.h"
#include "common/win32/pipe_peer.h"

namespace proctor {
namespace {

std::string NewName() {
  static std::atomic<int> counter = 0;
  return absl::StrCat("\\\\.\\pipe\\proctor-test-", ::GetCurrentProcessId(), "-", ++counter);
}

// One end and what came over it.
class End {
 public:
  explicit End(UniqueHandle pipe) : pipe_(std::move(pipe)) {}

  absl::Status Start() {
    MessagePipe::Callbacks callbacks;
    callbacks.on_message = [this](std::string message) {
      MutexLock lock(&mutex_);
      messages_.push_back(std::move(message));
      changed_.NotifyAll();
    };
    callbacks.on_sent = [this] {
      MutexLock lock(&mutex_);
      ++sent_;
      changed_.NotifyAll();
    };
    callbacks.on_end = [this](const absl::Status& reason) {
      MutexLock lock(&mutex_);
      ended_ = true;
      reason_ = reason;
      changed_.NotifyAll();
    };
    return pipe_.Start(std::move(callbacks));
  }

  bool AwaitMessages(size_t count) {
    return Await([this, count] { return messages_.size() >= count; });
  }
  bool AwaitEnd() {
    return Await([this] { return ended_; });
  }
  bool AwaitSent() {
    return Await([this] { return sent_ > 0 && pipe_.unsent_bytes() == 0; });
  }
  std::vector<std::string> messages() {
    MutexLock lock(&mutex_);
    return messages_;
  }
  absl::Status reason() {
    MutexLock lock(&mutex_);
    return reason_;
  }
  MessagePipe& pipe() { return pipe_; }

 private:
  template <typename Condition>
  bool Await(Condition condition) {
    MutexLock lock(&mutex_);
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (!condition()) {
      const absl::Duration left = deadline - absl::Now();
      if (left <= absl::ZeroDuration()) return false;
      changed_.WaitFor(&mutex_, left);
    }
    return true;
  }

  Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> messages_;
  int sent_ = 0;
  bool ended_ = false;
  absl::Status reason_;
  MessagePipe pipe_;
};

class MessagePipeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = NewName();
    absl::StatusOr<std::unique_ptr<PipeListener>> listener = PipeListener::Create(name);
    ASSERT_TRUE(listener.ok()) << listener.status();
    listener_ = *std::move(listener);
    absl::StatusOr<UniqueHandle> client = MessagePipe::Connect(name, absl::Seconds(10));
    ASSERT_TRUE(client.ok()) << client.status();
    absl::StatusOr<UniqueHandle> server = listener_->Accept();
    ASSERT_TRUE(server.ok()) << server.status();
    client_ = std::make_unique<End>(*std::move(client));
    server_ = std::make_unique<End>(*std::move(server));
  }

  std::unique_ptr<PipeListener> listener_;
  std::unique_ptr<End> client_;
  std::unique_ptr<End> server_;
};

TEST_F(MessagePipeTest, CarriesMessagesOfAllSizesInOrder) {
  ASSERT_TRUE(client_->Start().ok());
  ASSERT_TRUE(server_->Start().ok());
  std::vector<std::string> sent;
  for (const size_t size : {size_t{0}, size_t{1}, size_t{65535}, size_t{1} << 20}) {
    sent.emplace_back(size, static_cast<char>('a' + size % 26));
  }
  for (const std::string& message : sent) ASSERT_TRUE(client_->pipe().Send(message).ok());
  ASSERT_TRUE(server_->AwaitMessages(sent.size()));
  EXPECT_EQ(server_->messages(), sent);
  ASSERT_TRUE(server_->pipe().Send("back").ok());
  ASSERT_TRUE(client_->AwaitMessages(1));
  EXPECT_THAT(client_->messages(), testing::ElementsAre("back"));
}

TEST_F(MessagePipeTest, AReaderThatDoesNotReadBlocksNobody) {
  ASSERT_TRUE(client_->Start().ok());
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client_->pipe().Send(megabyte).ok());
  EXPECT_GT(client_->pipe().unsent_bytes(), 0u);
  ASSERT_TRUE(server_->Start().ok());
  ASSERT_TRUE(server_->AwaitMessages(20));
  ASSERT_TRUE(client_->AwaitSent());
}

TEST_F(MessagePipeTest, TheOtherEndsEndIsSeenAfterItsLastMessage) {
  ASSERT_TRUE(client_->Start().ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client_->pipe().Send("last words").ok());
  ASSERT_TRUE(client_->AwaitSent());
  client_.reset();
  ASSERT_TRUE(server_->Start().ok());
  ASSERT_TRUE(server_->AwaitEnd());
  EXPECT_EQ(server_->messages().size(), 10u);
  EXPECT_FALSE(server_->reason().ok());
  EXPECT_TRUE(absl::IsUnavailable(server_->pipe().Send("too late")));
}

TEST_F(MessagePipeTest, DrainingHandsOutWhatHasArrived) {
  ASSERT_TRUE(client_->Start().ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client_->pipe().Send("message").ok());
  ASSERT_TRUE(client_->AwaitSent());
  ASSERT_TRUE(server_->Start().ok());
  server_->pipe().DrainAndClose();
  EXPECT_EQ(server_->messages().size(), 10u);
  EXPECT_TRUE(server_->reason().ok()) << server_->reason();
}

TEST_F(MessagePipeTest, TooLongAMessageIsRefusedAtBothEnds) {
  ASSERT_TRUE(server_->Start().ok());
  const std::string huge(MessagePipe::kMaxMessageBytes + 1, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(server_->pipe().Send(huge)));
  const unsigned char announced[] = {0xff, 0xff, 0xff, 0x7f};
  OVERLAPPED overlapped = {};
  const UniqueHandle event(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  overlapped.hEvent = event.get();
  ::WriteFile(client_->pipe().handle().get(), announced, sizeof(announced), nullptr, &overlapped);
  ASSERT_TRUE(server_->AwaitEnd());
  EXPECT_TRUE(absl::IsDataLoss(server_->reason())) << server_->reason();
}

TEST_F(MessagePipeTest, BothEndsKnowTheProcessAtTheOther) {
  const absl::StatusOr<UniqueHandle> client = PipeClientProcess(server_->pipe().handle());
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(::GetProcessId(client->get()), ::GetCurrentProcessId());
  EXPECT_TRUE(CheckSameUser(*client).ok());
  const absl::StatusOr<UniqueHandle> server = PipeServerProcess(client_->pipe().handle());
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(::GetProcessId(server->get()), ::GetCurrentProcessId());
}

TEST(MessagePipeConnect, SaysThatNobodyServes) {
  const absl::StatusOr<UniqueHandle> pipe = MessagePipe::Connect(NewName(), absl::Seconds(10));
  EXPECT_TRUE(absl::IsNotFound(pipe.status())) << pipe.status();
}

TEST(PipeListener, StopEndsAWaitingAccept) {
  absl::StatusOr<std::unique_ptr<PipeListener>> listener = PipeListener::Create(NewName());
  ASSERT_TRUE(listener.ok()) << listener.status();
  std::thread stopper([&listener] { (*listener)->Stop(); });
  EXPECT_TRUE(absl::IsCancelled((*listener)->Accept().status()));
  stopper.join();
}

}  // namespace
}  // namespace proctor
