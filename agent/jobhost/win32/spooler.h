#ifndef PROCTOR_AGENT_JOBHOST_WIN32_SPOOLER_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_SPOOLER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/jobhost/win32/completion_port.h"
#include "agent/jobhost/win32/spool_stream.h"
#include "common/mutex.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// The threads that move output from pipes into the spool. Thread-safe.
class Spooler {
 public:
  // Called on a spool thread, without a lock.
  using ProgressCallback = std::function<void(OutputProgress)>;
  using FinishedCallback = std::function<void(const StreamResult&)>;

  static absl::StatusOr<std::unique_ptr<Spooler>> Start(int threads, ProgressCallback progress);
  // Waits for the threads. Streams that are not finished are left as they are: the process ends.
  ~Spooler();

  void Add(const std::shared_ptr<SpoolStream>& stream);
  // Finishes the stream; the callback comes later, on another thread.
  void Finish(const std::shared_ptr<SpoolStream>& stream, FinishedCallback finished);

 private:
  struct Entry {
    std::shared_ptr<SpoolStream> stream;
    FinishedCallback finished;  // Empty: not asked for yet.
  };

  Spooler(CompletionPort port, ProgressCallback progress)
      : port_(std::move(port)), progress_(std::move(progress)) {}
  void Run();
  void Handle(const CompletionPort::Packet& packet);

  const CompletionPort port_;
  const ProgressCallback progress_;
  std::vector<std::thread> threads_;
  Mutex mutex_;
  uint64_t last_key_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::map<const SpoolStream*, uint64_t> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_SPOOLER_H_
