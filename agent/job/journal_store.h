#ifndef PROCTOR_AGENT_JOB_JOURNAL_STORE_H_
#define PROCTOR_AGENT_JOB_JOURNAL_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "agent/job/journal_ballast.h"
#include "agent/job/journal_entry.h"
#include "agent/job/sqlite_database.h"

namespace proctor {

// One change to the journal.
struct JournalWrite {
  enum class Kind { kPut, kDelete };
  Kind kind = Kind::kPut;
  JournalEntry entry;  // For kDelete only the job id.
};

// The journal's tables. One thread uses it at a time.
class JournalStore {
 public:
  static absl::StatusOr<std::unique_ptr<JournalStore>> Open(const std::string& path);

  // All of them or none, in one transaction.
  absl::Status Apply(absl::Span<const JournalWrite* const> writes);
  // After a failed Apply: lets later transactions use the log's space again.
  void ReuseLog();
  // Gives freed pages back to the file system, a bounded number a call. True: there may be more.
  bool ReclaimSpace();

  absl::StatusOr<uint64_t> NextEpoch();
  // One row at a time, in the order in which the jobs were first recorded.
  absl::Status Load(const std::function<void(const JournalEntry&)>& take);
  absl::StatusOr<std::string> DigestKey();

 private:
  struct Statements {
    SqliteStatement put;
    SqliteStatement erase;
    SqliteStatement begin;
    SqliteStatement commit;
  };

  JournalStore(const std::string& path, SqliteDatabase database, Statements statements);

  static absl::StatusOr<std::unique_ptr<JournalStore>> OpenOnce(const std::string& path);
  absl::StatusOr<uint64_t> IncrementEpoch();
  absl::Status ApplyOne(const JournalWrite& write);

  JournalBallast ballast_;
  // The statements end before the database they belong to.
  SqliteDatabase database_;
  Statements statements_;
  bool reclaimed_ = false;  // Pages were given back that the file still has.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOURNAL_STORE_H_
