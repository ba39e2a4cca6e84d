#ifndef PROCTOR_AGENT_JOB_LINUX_JOB_HOST_LINK_H_
#define PROCTOR_AGENT_JOB_LINUX_JOB_HOST_LINK_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/job/job_host.h"
#include "agent/job/linux/host_program.h"
#include "common/linux/seqpacket_socket.h"
#include "common/mutex.h"
#include "common/unique_fd.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor {

// The agent's connection to proctor-jobhost. A thread of its own connects (starting the host when
// it may), says Hello, hands the inventory and then every report to the listener, watches the
// host's pidfd, and when the host has died kills what it left behind before it says so. It connects
// again for as long as it lives.
class JobHostLink final : public JobHost {
 public:
  struct Options {
    std::string socket;
    absl::optional<HostProgram> program;  // Nullopt: another supervisor starts the host.
    uint64_t epoch = 0;                   // Journal::NextEpoch().
  };
  // For the log; called on the link's thread.
  using Log = std::function<void(const std::string&)>;

  // `listener` must outlive the link.
  JobHostLink(Options options, JobHostListener* listener, Log log);
  ~JobHostLink() override;

  // Starts the thread and waits until the first inventory has been delivered.
  absl::Status Start(absl::Duration timeout);

  absl::StatusOr<SendLaunch> PrepareLaunch(const LaunchOrder& order) override;
  void Kill(const std::string& job_id, int signal, absl::Duration grace) override;
  absl::Status Signal(uint64_t request, const std::string& job_id, int signal,
                      v1::SignalRequest::Target target) override;
  void Acknowledge(const std::string& job_id) override;
  void FollowOutput(const std::string& job_id, bool standard_error, uint64_t offset) override;
  std::shared_ptr<const JobHostInfo> info() const override;

  // Lets the host make its socket anew should the file have gone, for the agent's next start.
  void RenewSocket();

  // Has a password judged; `logon.request` is the link's to fill in. `done` is called once, without
  // a lock: on the link's thread, which it must not block, or on this one. UNAVAILABLE when the
  // host is away, or goes before it has answered.
  using LogonDone = std::function<void(absl::StatusOr<jobhost::LogonReply>)>;
  void Logon(jobhost::Logon logon, const LogonDone& done);

 private:
  // One connection, and the process at its other end.
  struct Connection {
    explicit Connection(SeqpacketSocket socket_in) : socket(std::move(socket_in)) {}
    SeqpacketSocket socket;
    UniqueFd pidfd;
    std::string cgroup_root;
    JobHostInfo info;
  };
  struct Outgoing {
    jobhost::ToHost message;
    std::vector<UniqueFd> fds;
  };

  void Loop();
  absl::StatusOr<std::unique_ptr<Connection>> Connect();
  absl::StatusOr<std::unique_ptr<Connection>> Open();
  absl::Status Handshake(Connection* connection);
  void Serve(Connection* connection);
  // False when the connection has ended.
  bool ReceiveAll(Connection* connection);
  void Dispatch(const jobhost::ToAgent& message);
  // Waits for what happens next on the connection, or for a wake-up.
  void AwaitEvents(const Connection& connection);
  // True when the host process has ended (and was reaped, if it was our child).
  bool HostEnded(const Connection& connection, absl::Duration patience);
  void Bury(const Connection& connection);

  absl::Status Send(jobhost::ToHost message, std::vector<UniqueFd> fds = {});
  absl::Status SendLocked(jobhost::ToHost message, std::vector<UniqueFd> fds)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AnswerLogon(const jobhost::LogonReply& reply);
  // Nobody will answer them any more.
  void FailLogons();
  void QueueAcknowledgements() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FlushQueue(const SeqpacketSocket& socket) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake();

  const Options options_;
  JobHostListener* const listener_;
  const Log log_;
  UniqueFd wake_;
  std::atomic<bool> stopping_{false};

  mutable Mutex mutex_;
  CondVar ready_;
  // Set while a connection is being served; what was queued dies with it.
  Connection* connection_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::shared_ptr<const JobHostInfo> info_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);  // Not told to the host yet.
  std::deque<Outgoing> queue_ ABSL_GUARDED_BY(mutex_);
  // Numbers of two agents never meet: the host may answer one after the other has come.
  uint64_t last_logon_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<uint64_t, LogonDone> logons_ ABSL_GUARDED_BY(mutex_);
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  bool was_ready_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LINUX_JOB_HOST_LINK_H_
