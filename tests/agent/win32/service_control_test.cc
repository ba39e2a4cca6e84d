#include "agent/win32/service_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "common/mutex.h"
#include "common/os_error.h"

namespace proctor {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;

constexpr DWORD kStop = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN;

// What the service control manager was told.
class Reports {
 public:
  void Add(const SERVICE_STATUS& status) {
    const MutexLock lock(&mutex_);
    all_.push_back(status);
    changed_.NotifyAll();
  }

  // Waits until one fits; fails the test after a while.
  template <typename Matcher>
  void Await(const Matcher& matcher) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    MutexLock lock(&mutex_);
    while (!testing::Value(all_, Contains(matcher))) {
      ASSERT_LT(absl::Now(), deadline);
      changed_.WaitFor(&mutex_, absl::Milliseconds(100));
    }
  }

  std::vector<SERVICE_STATUS> all() const {
    const MutexLock lock(&mutex_);
    return all_;
  }
  // Without checkpoints of the same state.
  std::vector<DWORD> states() const {
    std::vector<DWORD> states;
    for (const SERVICE_STATUS& status : all()) {
      if (states.empty() || states.back() != status.dwCurrentState) {
        states.push_back(status.dwCurrentState);
      }
    }
    return states;
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<SERVICE_STATUS> all_ ABSL_GUARDED_BY(mutex_);
};

// Stays where it is told to until it is let go.
class FakeProgram final : public ServiceProgram {
 public:
  absl::Status Start() override {
    Pass("start");
    return start_result;
  }
  void Drain() override { Pass("drain"); }
  void Reload() override { Pass("reload"); }

  void Hold(const std::string& where) {
    const MutexLock lock(&mutex_);
    held_ = where;
  }
  void LetGo() {
    const MutexLock lock(&mutex_);
    held_.clear();
    changed_.NotifyAll();
  }
  void Await(const std::string& call) {
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    MutexLock lock(&mutex_);
    while (!testing::Value(calls_, Contains(call))) {
      ASSERT_LT(absl::Now(), deadline);
      changed_.WaitFor(&mutex_, absl::Milliseconds(100));
    }
  }
  std::vector<std::string> calls() const {
    const MutexLock lock(&mutex_);
    return calls_;
  }

  absl::Status start_result;

 private:
  void Pass(const std::string& call) {
    MutexLock lock(&mutex_);
    calls_.push_back(call);
    changed_.NotifyAll();
    while (held_ == call) changed_.Wait(&mutex_);
  }

  mutable Mutex mutex_;
  CondVar changed_;
  std::string held_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mutex_);
};

auto State(DWORD state) { return Field(&SERVICE_STATUS::dwCurrentState, state); }
auto CheckPoint(DWORD value) { return Field(&SERVICE_STATUS::dwCheckPoint, value); }

class ServiceControlTest : public testing::Test {
 protected:
  void SetUp() override { options_.checkpoint_interval = absl::Milliseconds(5); }
  void TearDown() override {
    if (life_.joinable()) life_.join();
  }

  void Begin() {
    control_ = std::make_unique<ServiceControl>(
        &program_, [this](const SERVICE_STATUS& status) { reports_.Add(status); }, options_);
    life_ = std::thread([this] { result_ = control_->Run(); });
  }
  void Join() { life_.join(); }

  ServiceControl::Options options_;
  FakeProgram program_;
  Reports reports_;
  std::unique_ptr<ServiceControl> control_;
  std::thread life_;
  absl::Status result_;
};

TEST_F(ServiceControlTest, StartsRunsAndDrainsWhenItIsStopped) {
  Begin();
  reports_.Await(State(SERVICE_RUNNING));
  EXPECT_EQ(control_->OnControl(SERVICE_CONTROL_STOP), static_cast<DWORD>(NO_ERROR));
  Join();
  EXPECT_TRUE(result_.ok());
  EXPECT_THAT(program_.calls(), ElementsAre("start", "drain"));
  EXPECT_THAT(reports_.states(), ElementsAre(SERVICE_START_PENDING, SERVICE_RUNNING,
                                             SERVICE_STOP_PENDING, SERVICE_STOPPED));
  EXPECT_EQ(reports_.all().back().dwWin32ExitCode, static_cast<DWORD>(NO_ERROR));
}

TEST_F(ServiceControlTest, TheShutdownOfTheMachineDrains) {
  Begin();
  reports_.Await(State(SERVICE_RUNNING));
  EXPECT_EQ(control_->OnControl(SERVICE_CONTROL_PRESHUTDOWN), static_cast<DWORD>(NO_ERROR));
  Join();
  EXPECT_THAT(program_.calls(), ElementsAre("start", "drain"));
}

TEST_F(ServiceControlTest, ALongStartTellsThatItGoesOn) {
  program_.Hold("start");
  Begin();
  reports_.Await(AllOf(State(SERVICE_START_PENDING), CheckPoint(3)));
  for (const SERVICE_STATUS& status : reports_.all()) EXPECT_GT(status.dwWaitHint, 0u);
  program_.LetGo();
  reports_.Await(AllOf(State(SERVICE_RUNNING), CheckPoint(0)));
  control_->OnControl(SERVICE_CONTROL_STOP);
}

TEST_F(ServiceControlTest, ALongDrainTellsThatItGoesOn) {
  program_.Hold("drain");
  Begin();
  reports_.Await(State(SERVICE_RUNNING));
  control_->OnControl(SERVICE_CONTROL_STOP);
  reports_.Await(AllOf(State(SERVICE_STOP_PENDING), CheckPoint(3)));
  program_.LetGo();
  Join();
  EXPECT_EQ(reports_.all().back().dwCheckPoint, 0u);
}

TEST_F(ServiceControlTest, AStartThatHangsIsFoundOut) {
  options_.patience = absl::Milliseconds(20);
  program_.Hold("start");
  Begin();
  reports_.Await(CheckPoint(5));
  // The time of many more checkpoints; none may come.
  const absl::Time end = absl::Now() + absl::Milliseconds(200);
  while (absl::Now() < end) EXPECT_EQ(reports_.all().back().dwCheckPoint, 5u);
  program_.LetGo();
  reports_.Await(State(SERVICE_RUNNING));
  control_->OnControl(SERVICE_CONTROL_STOP);
}

TEST_F(ServiceControlTest, AStopWhileItStartsIsObeyedAfterTheStart) {
  program_.Hold("start");
  Begin();
  program_.Await("start");
  EXPECT_EQ(control_->OnControl(SERVICE_CONTROL_STOP), static_cast<DWORD>(NO_ERROR));
  reports_.Await(State(SERVICE_STOP_PENDING));
  program_.LetGo();
  Join();
  EXPECT_THAT(program_.calls(), ElementsAre("start", "drain"));
  EXPECT_THAT(reports_.states(),
              ElementsAre(SERVICE_START_PENDING, SERVICE_STOP_PENDING, SERVICE_STOPPED));
}

TEST_F(ServiceControlTest, AFailedStartIsStoppedWithTheCodeOfItsCall) {
  program_.start_result = OsErrorStatus("CreateNamedPipeW", ERROR_PIPE_BUSY);
  Begin();
  Join();
  EXPECT_FALSE(result_.ok());
  EXPECT_THAT(program_.calls(), ElementsAre("start"));
  EXPECT_THAT(reports_.states(), ElementsAre(SERVICE_START_PENDING, SERVICE_STOPPED));
  EXPECT_EQ(reports_.all().back().dwWin32ExitCode,
            static_cast<DWORD>(ERROR_SERVICE_SPECIFIC_ERROR));
  EXPECT_EQ(reports_.all().back().dwServiceSpecificExitCode, static_cast<DWORD>(ERROR_PIPE_BUSY));
}

TEST_F(ServiceControlTest, AFailedStartWithoutACallHasACodeToo) {
  program_.start_result = absl::InvalidArgumentError("configuration field pipe: is empty");
  Begin();
  Join();
  EXPECT_NE(reports_.all().back().dwServiceSpecificExitCode, 0u);
}

TEST_F(ServiceControlTest, ParametersThatChangedAreReadAgainWhileItRuns) {
  Begin();
  reports_.Await(State(SERVICE_RUNNING));
  EXPECT_EQ(control_->OnControl(SERVICE_CONTROL_PARAMCHANGE), static_cast<DWORD>(NO_ERROR));
  program_.Await("reload");
  EXPECT_EQ(reports_.states().back(), static_cast<DWORD>(SERVICE_RUNNING));
  control_->OnControl(SERVICE_CONTROL_STOP);
  Join();
  EXPECT_THAT(program_.calls(), ElementsAre("start", "reload", "drain"));
}

TEST_F(ServiceControlTest, ASecondStopChangesNothing) {
  program_.Hold("drain");
  Begin();
  reports_.Await(State(SERVICE_RUNNING));
  control_->OnControl(SERVICE_CONTROL_STOP);
  program_.Await("drain");
  EXPECT_EQ(control_->OnControl(SERVICE_CONTROL_STOP), static_cast<DWORD>(NO_ERROR));
  program_.LetGo();
  Join();
  EXPECT_EQ(control_->OnControl(SERVICE_CONTROL_STOP), static_cast<DWORD>(NO_ERROR));
  EXPECT_THAT(program_.calls(), ElementsAre("start", "drain"));
  EXPECT_EQ(reports_.all().back().dwCurrentState, static_cast<DWORD>(SERVICE_STOPPED));
}

TEST_F(ServiceControlTest, OnlyWhatIsMeantInAStateIsAccepted) {
  Begin();
  reports_.Await(State(SERVICE_RUNNING));
  EXPECT_EQ(control_->OnControl(SERVICE_CONTROL_PAUSE),
            static_cast<DWORD>(ERROR_CALL_NOT_IMPLEMENTED));
  EXPECT_EQ(control_->OnControl(SERVICE_CONTROL_INTERROGATE), static_cast<DWORD>(NO_ERROR));
  control_->OnControl(SERVICE_CONTROL_STOP);
  Join();
  for (const SERVICE_STATUS& status : reports_.all()) {
    const DWORD expected = status.dwCurrentState == SERVICE_START_PENDING ? kStop
                           : status.dwCurrentState == SERVICE_RUNNING
                               ? kStop | SERVICE_ACCEPT_PARAMCHANGE
                               : 0;
    EXPECT_EQ(status.dwControlsAccepted, expected) << status.dwCurrentState;
    EXPECT_EQ(status.dwServiceType, static_cast<DWORD>(SERVICE_WIN32_OWN_PROCESS));
  }
}

}  // namespace
}  // namespace proctor
