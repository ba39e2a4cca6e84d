#ifndef PROCTOR_AGENT_JOBHOST_SPOOLER_H_
#define PROCTOR_AGENT_JOBHOST_SPOOLER_H_

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/jobhost/spool_stream.h"
#include "agent/jobhost/spool_thread.h"

namespace proctor::jobhost {

// The threads that move output from the jobs' pipes to the spool: never the reaper's work, since a
// slow disk must not delay an exit. Thread-safe.
class Spooler {
 public:
  static absl::StatusOr<std::unique_ptr<Spooler>> Start(
      int threads, const SpoolThread::ProgressCallback& progress);

  // Pumps the stream from now on.
  absl::Status Add(const std::shared_ptr<SpoolStream>& stream);
  // Forgets a stream that finished.
  void Remove(const SpoolStream* stream);
  // Finishes the stream on its thread, then calls `done` there.
  void FinishLater(const std::shared_ptr<SpoolStream>& stream, SpoolThread::FinishCallback done);
  // Ends the threads. Streams not finished stay as they are.
  void Stop();

 private:
  Spooler() = default;
  SpoolThread& ThreadOf(const SpoolStream* stream) const;

  std::vector<std::unique_ptr<SpoolThread>> threads_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SPOOLER_H_
