#ifndef PROCTOR_TESTS_AGENT_JOBHOST_HOST_CLIENT_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_HOST_CLIENT_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/linux/seqpacket_socket.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Plays the agent: one connection to a job host, and what came over it. Used by one thread.
class HostClient {
 public:
  static absl::StatusOr<HostClient> Connect(const std::string& socket_path);
  // Connect, Hello, and everything up to InventoryEnd.
  static absl::StatusOr<HostClient> Attach(const std::string& socket_path, uint64_t epoch = 1);

  absl::Status Send(const ToHost& message, absl::Span<const int> fds = {}) const;
  absl::Status Hello(uint64_t epoch) const;
  absl::Status Start(const Launch& launch, absl::Span<const int> fds = {}) const;
  absl::Status Kill(const std::string& job_id, int signal, absl::Duration grace) const;
  absl::Status Acknowledge(const std::string& job_id) const;
  // kNotFound (ESRCH) and the like as the host answers.
  absl::Status Signal(const std::string& job_id, int signal, Signal::Target target);

  // Takes messages until the last report of the job satisfies `done`. kDeadlineExceeded.
  absl::StatusOr<JobReport> Await(const std::string& job_id,
                                  const std::function<bool(const JobReport&)>& done,
                                  absl::Duration timeout = absl::Seconds(60));
  absl::StatusOr<JobReport> AwaitPhase(const std::string& job_id, Phase phase,
                                       absl::Duration timeout = absl::Seconds(60));
  // FINAL or LAUNCH_FAILED.
  absl::StatusOr<JobReport> AwaitEnd(const std::string& job_id,
                                     absl::Duration timeout = absl::Seconds(60));
  // Takes one message. kDeadlineExceeded; kUnavailable when the host closed the connection.
  absl::StatusOr<ToAgent> Next(absl::Duration timeout = absl::Seconds(60));

  const HelloReply& hello_reply() const { return hello_reply_; }
  // The last report of each job, and all of them in order.
  const std::map<std::string, JobReport>& reports() const { return reports_; }
  const std::vector<JobReport>& history() const { return history_; }
  const std::vector<OutputProgress>& progress() const { return progress_; }
  const SeqpacketSocket& socket() const { return socket_; }

 private:
  explicit HostClient(SeqpacketSocket socket) : socket_(std::move(socket)) {}

  SeqpacketSocket socket_;
  HelloReply hello_reply_;
  std::map<std::string, JobReport> reports_;
  std::vector<JobReport> history_;
  std::vector<OutputProgress> progress_;
  std::vector<SignalReply> signal_replies_;
  uint64_t signal_requests_ = 0;
};

// A launch of `argv` as the test's own user, without a change of identity when that is not root.
Launch MakeLaunch(const std::string& job_id, const std::vector<std::string>& argv);
// The same, of a shell that runs `script`.
Launch MakeShell(const std::string& job_id, const std::string& script);
// Both streams into the spool.
void Spool(Launch* launch, uint64_t limit_bytes = 64 << 20);

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_HOST_CLIENT_H_
