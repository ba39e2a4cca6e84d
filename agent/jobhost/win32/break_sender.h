#ifndef PROCTOR_AGENT_JOBHOST_WIN32_BREAK_SENDER_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_BREAK_SENDER_H_

#include <windows.h>

#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/mutex.h"
#include "common/win32/unique_handle.h"

namespace proctor::jobhost {

// Asks the processes of a job to end: a console event to all of the job's console, WM_CLOSE to all
// windows of the job.
//
// A console event can be sent only from within the console, which each job has of its own. The host
// does not go there: whoever shares its console could send the host events as well, and to attach
// is a thing of the whole process. So a short-lived process of the same executable goes, one after
// the other, started by a thread of its own. It is handed the job object, and goes to nobody who is
// not in it: the id of a process that has ended may be anybody's by then. Thread-safe.
class BreakSender {
 public:
  struct Request {
    DWORD event = CTRL_BREAK_EVENT;
    UniqueHandle job;            // With JOB_OBJECT_QUERY.
    std::vector<uint32_t> pids;  // The console is that of the first that still has one.
    bool close_windows = false;
    std::string desktop;  // Where the windows are; empty: the host's own.
  };

  // The short-lived processes start on the desktop where this process is now.
  BreakSender();
  // What is queued is dropped.
  ~BreakSender();
  BreakSender(const BreakSender&) = delete;
  BreakSender& operator=(const BreakSender&) = delete;

  void Send(Request request);

  // The other end: what the short-lived process does with the text that it was given. Its exit
  // code.
  static int Deliver(absl::string_view text);

 private:
  void Run();
  absl::Status StartProcess(const Request& request) const;

  const std::string desktop_;
  Mutex mutex_;
  CondVar wake_;
  std::deque<Request> requests_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_BREAK_SENDER_H_
