#ifndef PROCTOR_AGENT_JOBHOST_WIN32_RESOURCE_RELEASER_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_RESOURCE_RELEASER_H_

#include <deque>
#include <thread>

#include "absl/time/time.h"
#include "agent/jobhost/win32/session_resources.h"
#include "common/mutex.h"

namespace proctor::jobhost {

// Gives the resources of ended trees back on a thread of its own: to unload a profile may mean to
// write it to a server. Thread-safe.
class ResourceReleaser {
 public:
  ResourceReleaser();
  // Waits for what is being given back.
  ~ResourceReleaser();
  ResourceReleaser(const ResourceReleaser&) = delete;
  ResourceReleaser& operator=(const ResourceReleaser&) = delete;

  void Release(SessionResources resources);
  // Gives back what there is and ends the thread. False when that takes longer than `patience`.
  bool Stop(absl::Duration patience);

 private:
  void Run();

  Mutex mutex_;
  CondVar changed_;
  std::deque<SessionResources> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_RESOURCE_RELEASER_H_
