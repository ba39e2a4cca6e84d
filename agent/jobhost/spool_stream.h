#ifndef PROCTOR_AGENT_JOBHOST_SPOOL_STREAM_H_
#define PROCTOR_AGENT_JOBHOST_SPOOL_STREAM_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "agent/jobhost/spool_bound.h"
#include "common/mutex.h"
#include "common/unique_fd.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Where the streams of all jobs go. The descriptors live as long as the host.
struct SpoolDirectory {
  int directory_fd = -1;
  int null_fd = -1;  // /dev/null, writable.
  // Bytes left free on the file system: a stream that would touch them is kept no further.
  uint64_t reserve_bytes = 0;
};

// One output stream of one job: the reading end of its pipe, spliced into a spool file that is
// made at the first byte. Thread-safe.
class SpoolStream {
 public:
  enum class State { kOpen, kEndOfFile, kFailed };
  struct Pumped {
    State state = State::kOpen;
    bool more = false;                      // Stopped for fairness, with bytes left in the pipe.
    absl::optional<OutputProgress> notify;  // A follower waits for this.
  };

  SpoolStream(const SpoolDirectory& directory, const std::string& job_id, bool standard_error,
              uint64_t limit_bytes, UniqueFd pipe, UniqueFd writer);

  // Moves what is in the pipe, without blocking.
  Pumped Pump();
  // The tree is empty: moves what is in the pipe now, closes it, and never waits for the end of the
  // file, since a process outside the tree may hold the pipe open.
  StreamResult Finish();
  // Finish, if that needs no work and no waiting.
  absl::optional<StreamResult> TryFinishNow();
  // Nobody will pump it: closes the pipe. Whatever the job prints from now on fails with EPIPE.
  void Abandon();
  // Asks for one OutputProgress as soon as more than `offset` bytes are kept: returned at once, or
  // by a later Pump. Never waits.
  absl::optional<OutputProgress> Follow(uint64_t offset);

  // For epoll; -1 after Finish.
  int pipe_fd() const;

 private:
  // Moves at most `bytes`. Returns how many, 0 at the end of the file, or -errno.
  int64_t MoveSome(uint64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t Keep(uint64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TouchesReserve(uint64_t bytes) const;
  void SpoolFailed(int error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StreamResult Close() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::optional<OutputProgress> Notice();

  const SpoolDirectory directory_;
  const std::string job_id_;
  const bool standard_error_;
  mutable Mutex mutex_;
  UniqueFd pipe_ ABSL_GUARDED_BY(mutex_);
  // Kept open, so that the end of a job that printed nothing wakes no spool thread.
  UniqueFd writer_ ABSL_GUARDED_BY(mutex_);
  UniqueFd file_ ABSL_GUARDED_BY(mutex_);
  SpoolBound bound_ ABSL_GUARDED_BY(mutex_);
  // What a follower has, or kNobody; and what there is. Not under the lock, which is held through
  // writes to a disk that may be slow.
  static constexpr uint64_t kNobody = ~uint64_t{0};
  std::atomic<uint64_t> follow_ = kNobody;
  std::atomic<uint64_t> kept_ = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SPOOL_STREAM_H_
