#ifndef PROCTOR_AGENT_JOBHOST_WIN32_SPOOL_STREAM_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_SPOOL_STREAM_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "agent/jobhost/spool_bound.h"
#include "agent/jobhost/win32/completion_port.h"
#include "common/mutex.h"
#include "common/win32/unique_handle.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Where a stream goes.
struct SpoolPlace {
  std::wstring directory;
  std::wstring name;  // Of a file in it, which must not exist.
  // Bytes left free on the disk: a stream that would touch them is kept no further.
  uint64_t reserve_bytes = 0;
};

// One output stream of one job: the reading end of its pipe, copied into a spool file that is made
// at the first byte. At most one read is under way, and its end is a packet on the spooler's port;
// the stream must live until then. Thread-safe.
class SpoolStream {
 public:
  // What the end of a read, or the wish to finish, has led to.
  struct Progress {
    absl::optional<OutputProgress> notify;  // A follower waits for this.
    absl::optional<StreamResult> result;    // The stream is finished and its pipe closed.
  };

  SpoolStream(SpoolPlace place, std::string job_id, bool standard_error, uint64_t limit_bytes,
              UniqueHandle pipe);

  // Ties the pipe to the port and begins to read.
  absl::Status Start(const CompletionPort& port, uint64_t key);
  // The read has ended with so many bytes and that error.
  Progress ReadEnded(DWORD bytes, DWORD error);
  // The tree is empty: takes what is in the pipe now and never waits for the end of the file, since
  // a process outside the tree may hold the pipe open. The result comes from here or a ReadEnded.
  Progress Finish();
  // Asks for one OutputProgress as soon as more than `offset` bytes are kept: returned at once, or
  // by a later ReadEnded. Never waits.
  absl::optional<OutputProgress> Follow(uint64_t offset);

 private:
  void BeginRead(uint64_t most) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(const char* data, uint64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // 0, or why not.
  DWORD Write(const char* data, uint64_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TouchesReserve(uint64_t bytes) const;
  void SpoolFailed(DWORD error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  uint64_t InPipe() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StreamResult Close() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::optional<OutputProgress> Notice();

  const SpoolPlace place_;
  const std::string job_id_;
  const bool standard_error_;
  Mutex mutex_;
  UniqueHandle pipe_ ABSL_GUARDED_BY(mutex_);
  UniqueHandle file_ ABSL_GUARDED_BY(mutex_);
  SpoolBound bound_ ABSL_GUARDED_BY(mutex_);
  OVERLAPPED overlapped_ ABSL_GUARDED_BY(mutex_) = {};
  std::vector<char> buffer_ ABSL_GUARDED_BY(mutex_);
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  // While finishing: what was in the pipe then and is not taken yet.
  absl::optional<uint64_t> left_ ABSL_GUARDED_BY(mutex_);
  // What a follower has, or kNobody; and what there is. Not under the lock, which is held through
  // writes to a disk that may be slow.
  static constexpr uint64_t kNobody = ~uint64_t{0};
  std::atomic<uint64_t> follow_ = kNobody;
  std::atomic<uint64_t> kept_ = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_SPOOL_STREAM_H_
