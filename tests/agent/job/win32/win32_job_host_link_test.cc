#include "agent/job/win32/win32_job_host_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/win32/pipe_listener.h"
#include "tests/agent/job/temporary_directory.h"
#include "tests/agent/job/win32/own_launch.h"

namespace proctor {
namespace {

// The host's end of the pipe, in this process: what comes is written down.
class PipeHost {
 public:
  explicit PipeHost(uint32_t protocol_version = 2) : protocol_version_(protocol_version) {
    static int counter = 0;
    name_ =
        absl::StrCat("\\\\.\\pipe\\proctor-link-test-", ::GetCurrentProcessId(), "-", ++counter);
    listener_ = *PipeListener::Create(name_);
    thread_ = std::thread([this] { AcceptAll(); });
  }
  ~PipeHost() {
    listener_->Stop();
    thread_.join();
  }
  const std::string& name() const { return name_; }

  jobhost::Launch NextLaunch() {
    MutexLock lock(&mutex_);
    while (launches_.empty()) changed_.Wait(&mutex_);
    jobhost::Launch launch = std::move(launches_.front());
    launches_.pop_front();
    return launch;
  }
  void Report(const std::string& job_id) {
    jobhost::ToAgent message;
    message.mutable_job_report()->set_job_id(job_id);
    message.mutable_job_report()->set_phase(jobhost::RUNNING);
    MutexLock lock(&mutex_);
    EXPECT_TRUE(connections_.back()->Send(message.SerializeAsString()).ok());
  }
  void EndConnection() {
    std::shared_ptr<MessagePipe> connection;  // Ends without the lock.
    MutexLock lock(&mutex_);
    connection = std::move(connections_.back());
    connections_.pop_back();
  }

 private:
  void AcceptAll() {
    while (true) {
      absl::StatusOr<UniqueHandle> pipe = listener_->Accept();
      if (!pipe.ok()) return;
      const auto connection = std::make_shared<MessagePipe>(*std::move(pipe));
      {
        MutexLock lock(&mutex_);
        connections_.push_back(connection);
      }
      MessagePipe::Callbacks callbacks;
      callbacks.on_message = [this, raw = connection.get()](const std::string& bytes) {
        Received(raw, bytes);
      };
      EXPECT_TRUE(connection->Start(std::move(callbacks)).ok());
    }
  }

  void Received(MessagePipe* pipe, const std::string& bytes) {
    jobhost::ToHost message;
    ASSERT_TRUE(message.ParseFromString(bytes));
    if (message.has_hello()) {
      jobhost::ToAgent reply;
      reply.mutable_hello_reply()->set_protocol_version(protocol_version_);
      reply.mutable_hello_reply()->set_host_life("life");
      jobhost::ToAgent end;
      end.mutable_inventory_end();
      pipe->Send(reply.SerializeAsString()).IgnoreError();
      pipe->Send(end.SerializeAsString()).IgnoreError();
    } else if (message.has_launch()) {
      MutexLock lock(&mutex_);
      launches_.push_back(std::move(*message.mutable_launch()));
      changed_.NotifyAll();
    }
  }

  const uint32_t protocol_version_;
  std::string name_;
  std::unique_ptr<PipeListener> listener_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<jobhost::Launch> launches_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<MessagePipe>> connections_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

class Listener final : public JobHostListener {
 public:
  void OnHostReady(const JobHostInfo&, const std::vector<jobhost::JobReport>&) override {
    MutexLock lock(&mutex_);
    ++ready_;
    changed_.NotifyAll();
  }
  void OnJobReport(const jobhost::JobReport&) override {
    MutexLock lock(&mutex_);
    ++reports_;
    changed_.NotifyAll();
  }
  void OnOutputProgress(const jobhost::OutputProgress&) override {}
  void OnSignalReply(const jobhost::SignalReply&) override {}
  void OnHostLost(const std::string&) override {}

  void AwaitReady(int count) {
    MutexLock lock(&mutex_);
    while (ready_ < count) changed_.Wait(&mutex_);
  }
  void AwaitReports(int count) {
    MutexLock lock(&mutex_);
    while (reports_ < count) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int ready_ ABSL_GUARDED_BY(mutex_) = 0;
  int reports_ ABSL_GUARDED_BY(mutex_) = 0;
};

class Win32JobHostLinkTest : public testing::Test {
 protected:
  void Connect(const std::string& pipe) {
    Win32JobHostLink::Options options;
    options.pipe = pipe;
    options.scratch_directory = directory_.path();
    link_ = std::make_unique<Win32JobHostLink>(std::move(options), &listener_,
                                               [](const std::string&) {});
  }

  absl::Status Send(const LaunchOrder& order) {
    absl::StatusOr<JobHost::SendLaunch> send = link_->PrepareLaunch(order);
    if (!send.ok()) return send.status();
    return (*std::move(send))();
  }

  // Standard input's data shows what is lent: its file goes with the last handle.
  void LaunchWithInput(PipeHost* host) {
    v1::LaunchSpec spec;
    spec.add_argv("cmd.exe");
    spec.mutable_standard_input()->set_data("some input");
    const absl::Status sent = Send(OwnLaunch("the-job", spec));
    ASSERT_TRUE(sent.ok()) << sent;
    EXPECT_EQ(host->NextLaunch().job_id(), "the-job");
  }
  bool NothingIsLent() const { return std::filesystem::is_empty(directory_.path()); }

  TemporaryDirectory directory_;
  Listener listener_;
  std::unique_ptr<Win32JobHostLink> link_;
};

TEST_F(Win32JobHostLinkTest, WhatIsLentIsHeldUntilTheHostReportsTheJob) {
  PipeHost host;
  Connect(host.name());
  ASSERT_EQ(link_->Start(absl::Minutes(1)), absl::OkStatus());
  LaunchWithInput(&host);
  host.Report("another");
  listener_.AwaitReports(1);
  EXPECT_FALSE(NothingIsLent());
  host.Report("the-job");
  listener_.AwaitReports(2);
  EXPECT_TRUE(NothingIsLent());
  link_ = nullptr;
}

TEST_F(Win32JobHostLinkTest, WhatIsLentIsTakenBackWhenTheNextConnectionStands) {
  PipeHost host;
  Connect(host.name());
  ASSERT_EQ(link_->Start(absl::Minutes(1)), absl::OkStatus());
  LaunchWithInput(&host);
  host.EndConnection();
  listener_.AwaitReady(2);
  EXPECT_TRUE(NothingIsLent());
  link_ = nullptr;
}

TEST_F(Win32JobHostLinkTest, WhatCannotBeSentIsNotLent) {
  Connect("\\\\.\\pipe\\proctor-link-test-of-nobody");
  v1::LaunchSpec spec;
  spec.add_argv("cmd.exe");
  spec.mutable_standard_input()->set_data("some input");
  EXPECT_TRUE(absl::IsUnavailable(Send(OwnLaunch("the-job", spec))));
  EXPECT_TRUE(NothingIsLent());
}

// It would take the values for handles of its own.
TEST_F(Win32JobHostLinkTest, AHostOfAnOlderProtocolGetsNoLaunch) {
  PipeHost host(1);
  Connect(host.name());
  const absl::Status started = link_->Start(absl::Seconds(1));
  EXPECT_EQ(started.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(started.message()), testing::HasSubstr("protocol version 1"));
  EXPECT_EQ(link_->info(), nullptr);
}

// A name that can never be right ends the start at once, not when its time is over.
TEST_F(Win32JobHostLinkTest, AnInvalidArgumentIsFinal) {
  Connect("\\\\.\\pipe\\not utf-8: \xff");
  EXPECT_EQ(link_->Start(absl::Hours(1)).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace proctor
