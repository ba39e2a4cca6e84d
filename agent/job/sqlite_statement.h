#ifndef PROCTOR_AGENT_JOB_SQLITE_STATEMENT_H_
#define PROCTOR_AGENT_JOB_SQLITE_STATEMENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3_stmt;

namespace proctor {

// A prepared statement. Parameters and columns count from 1 and 0, as in SQLite. Bound values are
// not copied: they must live until the next Reset.
class SqliteStatement {
 public:
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  void BindText(int parameter, absl::string_view value);
  void BindBlob(int parameter, absl::string_view value);
  void BindInteger(int parameter, int64_t value);

  // True: there is a row to read. False: the statement is done.
  absl::StatusOr<bool> Step();
  // Step for a statement that returns no rows, then Reset.
  absl::Status Run();
  // Makes the statement ready for its next use and forgets the bound values.
  void Reset();

  // Of the row that Step stopped at. Text and blobs alike.
  std::string Bytes(int column) const;
  int64_t Integer(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_SQLITE_STATEMENT_H_
