#ifndef PROCTOR_AGENT_JOB_SQLITE_DATABASE_H_
#define PROCTOR_AGENT_JOB_SQLITE_DATABASE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/job/sqlite_statement.h"

struct sqlite3;

namespace proctor {

// A connection to a database file. One thread uses it at a time. Failures are statuses whose
// message gives the call, the extended result code and its name: RESOURCE_EXHAUSTED for
// SQLITE_FULL, with the file, what is free on its disk and what to do, UNAVAILABLE for a database
// that another process holds, DATA_LOSS for one that is damaged.
class SqliteDatabase {
 public:
  // Creates the file with mode 0600 when it is missing.
  static absl::StatusOr<SqliteDatabase> Open(const std::string& path);

  // One or more statements whose rows do not matter.
  absl::Status Execute(const std::string& sql);
  absl::StatusOr<SqliteStatement> Prepare(absl::string_view sql);
  // The first column of the first row.
  absl::StatusOr<int64_t> QueryInteger(absl::string_view sql);

  // Whether BEGIN has no COMMIT or ROLLBACK yet; some failures roll back by themselves.
  bool InTransaction() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  explicit SqliteDatabase(std::unique_ptr<sqlite3, Close> handle);

  std::unique_ptr<sqlite3, Close> handle_;
};

// The status of the call of `database` that has just failed.
absl::Status SqliteErrorStatus(absl::string_view call, sqlite3* database);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_SQLITE_DATABASE_H_
