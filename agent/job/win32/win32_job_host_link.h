#ifndef PROCTOR_AGENT_JOB_WIN32_WIN32_JOB_HOST_LINK_H_
#define PROCTOR_AGENT_JOB_WIN32_WIN32_JOB_HOST_LINK_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"
#include "agent/job/job_host.h"
#include "agent/job/win32/host_program.h"
#include "common/mutex.h"
#include "common/win32/message_pipe.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// The private pipe to proctor-jobhost.exe, kept up by a thread of its own: it starts the host when
// none answers, connects again after a break, and reports the host's death. The process at the
// other end is known by its user and its handle. The handles of a launch are lent: the host takes
// duplicates of them when it reads the launch, and its report of the job, or its end, is what they
// are held for.
class Win32JobHostLink final : public JobHost {
 public:
  struct Options {
    std::string pipe;  // "\\\\.\\pipe\\proctor-jobhost-..."
    uint64_t epoch = 0;
    absl::optional<HostProgram> program;  // Nullopt: somebody else starts it.
    std::string scratch_directory;  // For standard input's data, deleted with its last handle.
  };
  using Log = std::function<void(const std::string&)>;

  // `listener` must outlive the link.
  Win32JobHostLink(Options options, JobHostListener* listener, Log log);
  ~Win32JobHostLink() override;

  // Starts the thread and waits until the first inventory has been delivered.
  absl::Status Start(absl::Duration timeout);

  absl::StatusOr<SendLaunch> PrepareLaunch(const LaunchOrder& order) override;
  void Kill(const std::string& job_id, int signal, absl::Duration grace) override;
  absl::Status Signal(uint64_t request, const std::string& job_id, int signal,
                      v1::SignalRequest::Target target) override;
  void Acknowledge(const std::string& job_id) override;
  void FollowOutput(const std::string& job_id, bool standard_error, uint64_t offset) override;
  std::shared_ptr<const JobHostInfo> info() const override;

 private:
  // One connection, and the process at its other end. Guarded by the link's lock but for the pipe,
  // which is thread-safe.
  struct Connection : std::enable_shared_from_this<Connection> {
    explicit Connection(UniqueHandle pipe_in) : pipe(std::move(pipe_in)) {}
    UniqueHandle process;
    std::vector<jobhost::JobReport> inventory;
    std::shared_ptr<const JobHostInfo> info;
    bool ready = false;
    bool ended = false;
    MessagePipe pipe;  // Last: its callbacks use the rest.
  };

  void Loop();
  absl::StatusOr<std::shared_ptr<Connection>> Connect();
  absl::StatusOr<std::shared_ptr<Connection>> Open();
  absl::Status Handshake(const std::shared_ptr<Connection>& connection);
  void OnMessage(Connection* connection, const std::string& bytes);
  void Dispatch(const jobhost::ToAgent& message);
  void AwaitEnd(const Connection& connection);
  absl::Status SendLent(const std::string& job_id, const std::string& bytes,
                        std::vector<UniqueHandle> lent);
  // Closes what was lent for the job.
  void TakeBack(const std::string& job_id);
  void TakeBackAll();
  std::shared_ptr<Connection> Current() const;
  absl::Status Send(const jobhost::ToHost& message);

  const Options options_;
  JobHostListener* const listener_;
  const Log log_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool was_ready_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Connection> connection_ ABSL_GUARDED_BY(mutex_);  // Null while there is none.
  // By job, of launches that the host may not have read yet.
  absl::flat_hash_map<std::string, std::vector<UniqueHandle>> lent_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_WIN32_WIN32_JOB_HOST_LINK_H_
