#include "common/user_workers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "common/mutex.h"

namespace proctor {
namespace {

using Result = absl::StatusOr<int>;

// Opens once, for everybody; may go as soon as a wait has returned.
class Gate {
 public:
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    opened_.NotifyAll();
  }
  void Wait() {
    MutexLock lock(&mutex_);
    while (!open_) opened_.Wait(&mutex_);
  }
  bool open() {
    MutexLock lock(&mutex_);
    return open_;
  }

 private:
  Mutex mutex_;
  CondVar opened_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

// A call whose work waits until it is let go, as one that names a dead server.
class Call {
 public:
  void Begin(UserWorkers* workers, const std::string& user, int value, bool held) {
    workers->Run<int>(
        user,
        [this, value, held]() -> Result {
          began_.Open();
          if (held) server_.Wait();
          return value;
        },
        [this](const Result& result) {
          ++answers_;
          result_ = result;
          answered_.Open();
        });
  }
  void AwaitBegin() { began_.Wait(); }
  void LetGo() { server_.Open(); }
  Result Await() {
    answered_.Wait();
    return result_;
  }
  bool answered() { return answered_.open(); }
  int answers() const { return answers_; }

 private:
  Gate began_;
  Gate server_;
  Gate answered_;
  Result result_ = absl::UnknownError("none");
  std::atomic<int> answers_{0};
};

class UserWorkersTest : public testing::Test {
 protected:
  UserWorkers& Start(UserWorkers::Options options) {
    workers_ = std::make_unique<UserWorkers>(options, Clock::Real());
    return *workers_;
  }
  // Everything has to have been let go.
  void TearDown() override { EXPECT_TRUE(workers_->Stop(absl::Seconds(30))); }

  std::unique_ptr<UserWorkers> workers_;
};

TEST_F(UserWorkersTest, TheCallerGetsWhatTheWorkGives) {
  Call call;
  call.Begin(&Start({}), "alice", 7, false);
  EXPECT_EQ(*call.Await(), 7);
}

TEST_F(UserWorkersTest, AUserWhoseServersAreDeadHoldsUpNobodyElse) {
  UserWorkers::Options options;
  options.max_threads = 4;
  options.max_running_per_user = 2;
  UserWorkers& workers = Start(options);
  Call held[6];
  for (Call& call : held) call.Begin(&workers, "alice", 1, true);
  for (Call* call : {&held[0], &held[1]}) call->AwaitBegin();
  for (const char* other : {"bob", "carol"}) {
    Call call;
    call.Begin(&workers, other, 2, false);
    EXPECT_EQ(*call.Await(), 2) << other;
  }
  for (Call& call : held) EXPECT_FALSE(call.answered());
  for (Call& call : held) call.LetGo();
  for (Call& call : held) EXPECT_EQ(*call.Await(), 1);
}

TEST_F(UserWorkersTest, ACallIsAnsweredInTimeAndOnce) {
  UserWorkers::Options options;
  options.max_running_per_user = 1;
  options.deadline = absl::Milliseconds(50);
  UserWorkers& workers = Start(options);
  Call held;
  Call waiting;
  held.Begin(&workers, "alice", 1, true);
  waiting.Begin(&workers, "alice", 2, false);
  EXPECT_EQ(held.Await().status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(waiting.Await().status().code(), absl::StatusCode::kDeadlineExceeded);
  held.LetGo();
  EXPECT_TRUE(workers.Stop(absl::Seconds(30)));
  EXPECT_EQ(held.answers(), 1);
  EXPECT_EQ(waiting.answers(), 1);
}

TEST_F(UserWorkersTest, TooManyThatWaitAreRefusedAtOnce) {
  UserWorkers::Options options;
  options.max_running_per_user = 1;
  options.max_waiting_per_user = 1;
  UserWorkers& workers = Start(options);
  Call held;
  Call waiting;
  Call refused;
  held.Begin(&workers, "alice", 1, true);
  held.AwaitBegin();
  waiting.Begin(&workers, "alice", 2, false);
  refused.Begin(&workers, "alice", 3, false);
  EXPECT_EQ(refused.Await().status().code(), absl::StatusCode::kResourceExhausted);
  held.LetGo();
  EXPECT_EQ(*waiting.Await(), 2);
}

TEST_F(UserWorkersTest, AStopAnswersEverybodyAndTellsOfAThreadThatHangs) {
  UserWorkers::Options options;
  options.max_running_per_user = 1;
  UserWorkers& workers = Start(options);
  Call held;
  Call waiting;
  held.Begin(&workers, "alice", 1, true);
  held.AwaitBegin();
  waiting.Begin(&workers, "alice", 2, false);
  EXPECT_FALSE(workers.Stop(absl::ZeroDuration()));
  EXPECT_EQ(held.Await().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(waiting.Await().status().code(), absl::StatusCode::kUnavailable);
  Call late;
  late.Begin(&workers, "bob", 3, false);
  EXPECT_EQ(late.Await().status().code(), absl::StatusCode::kUnavailable);
  held.LetGo();
  EXPECT_TRUE(workers.Stop(absl::Seconds(30)));
}

}  // namespace
}  // namespace proctor
