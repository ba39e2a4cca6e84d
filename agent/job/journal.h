#ifndef PROCTOR_AGENT_JOB_JOURNAL_H_
#define PROCTOR_AGENT_JOB_JOURNAL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/job/journal_entry.h"
#include "agent/job/journal_store.h"
#include "common/mutex.h"

namespace proctor {

// What proctord must still know after its own death: one row a job. A thread of its own owns the
// database; what is queued while a transaction runs goes into the next ones (group commit), in the
// order in which it was queued. While nothing is queued, freed space goes back to the file system.
// All methods may be called from any thread but the journal's own,
// except Put, Delete and AfterQueued, which may be called from anywhere.
class Journal {
 public:
  using Done = std::function<void(absl::Status)>;

  // Opens or creates (mode 0600) the database. FAILED_PRECONDITION for one that a newer release
  // wrote, UNAVAILABLE when another process has it open, DATA_LOSS when it is damaged.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path);

  // Commits what is queued, then ends the thread.
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Inserts or replaces the row of `entry.job_id`. `done` runs on the journal's thread, without a
  // lock held, once the row is committed or could not be: RESOURCE_EXHAUSTED when the disk is full.
  // It must not block. May be null.
  void Put(JournalEntry entry, Done done);
  // Deletes the row, if there is one. As Put.
  void Delete(std::string job_id, Done done);

  // Calls `done` once everything queued before has its verdict. As Put.
  void AfterQueued(std::function<void()> done);
  // Waits until everything queued before has its verdict and `done` has run.
  void Flush();

  // A counter that survives restarts; adds one and returns it. The first is 1.
  absl::StatusOr<uint64_t> NextEpoch();
  // Calls `take` on the journal's thread with every row, in the order in which the jobs were first
  // recorded; one is in memory at a time.
  absl::Status Load(const std::function<void(const JournalEntry&)>& take);
  // 32 random bytes, made once for the life of the database.
  absl::StatusOr<std::string> DigestKey();

 private:
  // A write, or with `read` set something else to do on the thread that owns the database.
  struct Operation {
    JournalWrite write;
    Done done;
    std::function<void(JournalStore&)> read;
  };

  explicit Journal(std::unique_ptr<JournalStore> store);

  void Enqueue(Operation operation) ABSL_LOCKS_EXCLUDED(mutex_);
  void RunOnThread(const std::function<void(JournalStore&)>& read);
  void Loop();
  // Waits for something to do, and gives space back meanwhile. Empty: the journal ends.
  std::vector<Operation> NextBatch();
  // Carries out `batch` in order.
  void Process(std::vector<Operation> batch);
  void CommitWrites(std::vector<Operation>::iterator begin, std::vector<Operation>::iterator end);

  const std::unique_ptr<JournalStore> store_;  // Used by thread_ only, once it runs.

  Mutex mutex_;
  CondVar queued_;
  std::vector<Operation> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool may_reclaim_ = true;  // Of thread_ alone: there may be space to give back.

  std::thread thread_;  // Last: everything above exists before it runs.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOURNAL_H_
