#ifndef PROCTOR_AGENT_JOBHOST_SPOOL_THREAD_H_
#define PROCTOR_AGENT_JOBHOST_SPOOL_THREAD_H_

#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/jobhost/spool_stream.h"
#include "common/mutex.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// One thread that pumps many streams. Thread-safe; the callbacks run on it, without locks.
class SpoolThread {
 public:
  using ProgressCallback = std::function<void(OutputProgress)>;
  using FinishCallback = std::function<void(StreamResult)>;

  static absl::StatusOr<std::unique_ptr<SpoolThread>> Start(ProgressCallback progress);
  ~SpoolThread();

  absl::Status Add(const std::shared_ptr<SpoolStream>& stream);
  void Remove(const SpoolStream* stream);
  void FinishLater(const std::shared_ptr<SpoolStream>& stream, FinishCallback done);
  void Stop();

 private:
  using Finish = std::pair<std::shared_ptr<SpoolStream>, FinishCallback>;

  SpoolThread(UniqueFd epoll, UniqueFd wake, ProgressCallback progress)
      : epoll_(std::move(epoll)), wake_(std::move(wake)), progress_(std::move(progress)) {}
  void Run();
  void PumpStream(const SpoolStream* key);
  void FinishStreams();
  void Wake();
  bool stopping();

  const UniqueFd epoll_;
  const UniqueFd wake_;
  const ProgressCallback progress_;
  Mutex mutex_;
  // By address: an event that is late for a stream already forgotten finds nothing here.
  std::unordered_map<const SpoolStream*, std::shared_ptr<SpoolStream>> streams_
      ABSL_GUARDED_BY(mutex_);
  std::vector<Finish> finishing_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SPOOL_THREAD_H_
