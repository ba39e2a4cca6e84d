#ifndef PROCTOR_AGENT_JOBHOST_WIN32_AGENT_LINK_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_AGENT_LINK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "agent/jobhost/win32/job_controller.h"
#include "agent/jobhost/win32/outbox.h"
#include "common/mutex.h"
#include "common/win32/message_pipe.h"
#include "common/win32/pipe_listener.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// The connections of proctord: one is served at a time, the one with the highest epoch.
// Thread-safe.
class AgentLink {
 public:
  static constexpr uint32_t kProtocolVersion = 2;

  // `about`: what HelloReply says of this host. `changed`: something has happened that the
  // supervisor may want to know; called on any thread, must not call back.
  AgentLink(std::unique_ptr<PipeListener> listener, HelloReply about, JobController* controller,
            Outbox* outbox, std::function<void()> changed);
  // Ends every connection.
  ~AgentLink();

  // Begins to accept.
  void Start();
  // Frees what has ended. The supervisor's thread.
  void Reap();
  bool connected();

 private:
  using PipePtr = std::shared_ptr<MessagePipe>;
  struct Connection {
    // Held at least until its thread is at its end: whoever lets go of it last waits for that.
    // Guarded by the link, but for the pipe's thread.
    PipePtr pipe;
    UniqueHandle agent;    // The process at the other end, with PROCESS_DUP_HANDLE.
    bool ended = false;    // Guarded by the link.
    bool greeted = false;  // The pipe's thread only.
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void AcceptAll();
  void Adopt(UniqueHandle pipe);
  void Received(const ConnectionPtr& connection, const std::string& bytes);
  void Drop(const ConnectionPtr& connection);
  void Ended(const ConnectionPtr& connection, const absl::Status& reason);
  void Greet(const ConnectionPtr& connection, const Hello& hello);
  void Welcome(const ConnectionPtr& connection);
  void Handle(const Connection& connection, ToHost message);
  void HandleLaunch(const Connection& connection, Launch launch);

  const std::unique_ptr<PipeListener> listener_;
  const HelloReply about_;
  JobController* const controller_;
  Outbox* const outbox_;
  const std::function<void()> changed_;
  std::thread acceptor_;
  // One Hello after the other. Held while the former connection is drained.
  Mutex greeting_;
  Mutex mutex_;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  ConnectionPtr current_ ABSL_GUARDED_BY(mutex_);
  std::set<ConnectionPtr> connections_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_AGENT_LINK_H_
