#ifndef PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_CLIENT_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_CLIENT_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/win32/message_pipe.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Plays the agent: one connection to a job host, and what came over it. Used by one thread.
class HostClient {
 public:
  static absl::StatusOr<std::unique_ptr<HostClient>> Connect(const std::string& pipe);
  // Connect, Hello, and everything up to InventoryEnd.
  static absl::StatusOr<std::unique_ptr<HostClient>> Attach(const std::string& pipe,
                                                            uint64_t epoch = 1);

  absl::Status Send(const ToHost& message);
  absl::Status Hello(uint64_t epoch);
  // The handles of `launch` are this process's; the host takes duplicates.
  absl::Status Start(const Launch& launch);
  absl::Status Kill(const std::string& job_id, int signal, absl::Duration grace);
  absl::Status Acknowledge(const std::string& job_id);
  absl::Status Follow(const std::string& job_id, uint64_t offset);
  // The error as the host answers.
  absl::StatusOr<int> Signal(const std::string& job_id, int signal, Signal::Target target);

  // Takes messages until the last report of the job satisfies `done`. DEADLINE_EXCEEDED.
  absl::StatusOr<JobReport> Await(const std::string& job_id,
                                  const std::function<bool(const JobReport&)>& done,
                                  absl::Duration timeout = absl::Seconds(60));
  absl::StatusOr<JobReport> AwaitPhase(const std::string& job_id, Phase phase);
  // FINAL or LAUNCH_FAILED.
  absl::StatusOr<JobReport> AwaitEnd(const std::string& job_id);
  // Takes one message. DEADLINE_EXCEEDED; UNAVAILABLE when the connection has ended.
  absl::StatusOr<ToAgent> Next(absl::Duration timeout = absl::Seconds(60));
  // All that was sent has left.
  bool AwaitSent();

  const HelloReply& hello_reply() const { return hello_reply_; }
  // The last report of each job.
  const std::map<std::string, JobReport>& reports() const { return reports_; }
  const std::vector<OutputProgress>& progress() const { return progress_; }

 private:
  explicit HostClient(UniqueHandle pipe) : pipe_(std::move(pipe)) {}
  absl::Status Listen();

  HelloReply hello_reply_;
  std::map<std::string, JobReport> reports_;
  std::vector<OutputProgress> progress_;
  std::vector<SignalReply> signal_replies_;
  uint64_t signal_requests_ = 0;

  Mutex mutex_;
  CondVar changed_;
  std::deque<std::string> received_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // Last: its callbacks use the others.
  MessagePipe pipe_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_CLIENT_H_
