#ifndef PROCTOR_AGENT_JOBHOST_LINUX_LOGON_DESK_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_LOGON_DESK_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/jobhost/linux/pam_helper.h"
#include "common/mutex.h"
#include "common/unique_fd.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Has passwords judged and accounts checked, each by a helper of its own; one thread attends to all
// of them. A helper that takes too long is killed, and holds up nobody meanwhile. Passwords come
// from strangers: the helpers that they can hold are not those that check accounts.
class LogonDesk {
 public:
  struct Options {
    PamHelperProgram program;
    // Shorter than what a client is given for its handshake.
    absl::Duration max_time = absl::Seconds(8);
    // For passwords, and as many for accounts.
    size_t max_helpers = 32;
    size_t max_waiting = 128;
  };
  // Called on the desk's thread, or on the caller's of Judge when there are too many.
  using Answer = std::function<void(LogonReply)>;

  LogonDesk(Options options, Answer answer);
  ~LogonDesk();
  LogonDesk(const LogonDesk&) = delete;
  LogonDesk& operator=(const LogonDesk&) = delete;

  absl::Status Start();
  // There is one answer for each. Never blocks. Thread-safe.
  void Judge(Logon logon);

 private:
  enum Kind : size_t { kPassword, kAccount, kKinds };
  static Kind KindOf(const Logon& logon) { return logon.account_only() ? kAccount : kPassword; }

  struct Visit {
    Kind kind;
    uint64_t request;
    PamHelper helper;
    int64_t deadline_ns;
  };

  void Loop();
  // Starts helpers for those who wait.
  void Admit(Kind kind);
  size_t Helpers(Kind kind) const;
  void Begin(Logon logon);
  // Whether the visit is over: answered, broken off, or too late.
  bool Attend(const Visit& visit, int64_t now_ns);
  void Sleep();
  void Fail(uint64_t request, const absl::Status& status);

  const Options options_;
  const Answer answer_;
  VforkStack* stack_ = nullptr;  // The thread's own.
  UniqueFd wake_;
  std::list<Visit> visits_;  // The thread's own.

  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Logon> waiting_[kKinds] ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_LOGON_DESK_H_
