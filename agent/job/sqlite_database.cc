#include "agent/job/sqlite_database.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/disk_space.h"
#include "common/failure_detail.h"
#include "common/private_file.h"

namespace proctor {
namespace {

// SQLite has a sentence for each code but not its name, which is what people search for.
absl::string_view PrimaryName(int code) {
  switch (code & 0xff) {
    case SQLITE_ERROR:
      return "SQLITE_ERROR";
    case SQLITE_BUSY:
      return "SQLITE_BUSY";
    case SQLITE_LOCKED:
      return "SQLITE_LOCKED";
    case SQLITE_NOMEM:
      return "SQLITE_NOMEM";
    case SQLITE_READONLY:
      return "SQLITE_READONLY";
    case SQLITE_IOERR:
      return "SQLITE_IOERR";
    case SQLITE_CORRUPT:
      return "SQLITE_CORRUPT";
    case SQLITE_FULL:
      return "SQLITE_FULL";
    case SQLITE_CANTOPEN:
      return "SQLITE_CANTOPEN";
    case SQLITE_CONSTRAINT:
      return "SQLITE_CONSTRAINT";
    case SQLITE_TOOBIG:
      return "SQLITE_TOOBIG";
    case SQLITE_NOTADB:
      return "SQLITE_NOTADB";
    default:
      return "SQLite error";
  }
}

absl::StatusCode CanonicalSqliteCode(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::StatusCode::kResourceExhausted;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::StatusCode::kDataLoss;
    case SQLITE_READONLY:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status ErrorStatus(absl::string_view call, int code, absl::string_view message) {
  return absl::Status(CanonicalSqliteCode(code),
                      absl::StrCat(call, ": ", message, " (", PrimaryName(code), " ", code, ")"));
}

absl::Status DiskFull(absl::string_view call, int code, const std::string& path) {
  const absl::StatusOr<DiskSpace> space = DiskSpaceOf(path);
  v1::FailureDetail detail;
  detail.set_call(std::string(call));
  detail.set_subject(path);
  detail.set_advice(
      "free space on the disk of this file; until then nothing can be launched or changed, and how "
      "jobs end is kept in memory");
  return WithFailureDetail(
      ErrorStatus(call, code,
                  absl::StrCat("the disk of ", path, " is full",
                               space.ok() ? absl::StrCat(": ", space->free, " bytes are free")
                                          : std::string())),
      detail);
}

}  // namespace

absl::Status SqliteErrorStatus(absl::string_view call, sqlite3* database) {
  const int code = ::sqlite3_extended_errcode(database);
  const char* const path = ::sqlite3_db_filename(database, "main");
  if ((code & 0xff) == SQLITE_FULL && path != nullptr) return DiskFull(call, code, path);
  return ErrorStatus(call, code, ::sqlite3_errmsg(database));
}

void SqliteDatabase::Close::operator()(sqlite3* handle) const {
  // The v2 form waits for statements that are still open, so no order of destruction leaks.
  ::sqlite3_close_v2(handle);
}

SqliteDatabase::SqliteDatabase(std::unique_ptr<sqlite3, Close> handle)
    : handle_(std::move(handle)) {}

absl::StatusOr<SqliteDatabase> SqliteDatabase::Open(const std::string& path) {
  // Created here because SQLite would use the umask; its log takes the mode of the main file.
  if (absl::Status created = EnsurePrivateFile(path); !created.ok()) return created;
  sqlite3* raw = nullptr;
  const int code =
      ::sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<sqlite3, Close> handle(raw);
  if (code != SQLITE_OK) return ErrorStatus("sqlite3_open_v2", code, ::sqlite3_errstr(code));
  ::sqlite3_extended_result_codes(raw, 1);
  return SqliteDatabase(std::move(handle));
}

absl::Status SqliteDatabase::Execute(const std::string& sql) {
  const int code = ::sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return absl::OkStatus();
  return SqliteErrorStatus("sqlite3_exec", handle_.get());
}

absl::StatusOr<SqliteStatement> SqliteDatabase::Prepare(absl::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = ::sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code == SQLITE_OK) return SqliteStatement(statement);
  return SqliteErrorStatus("sqlite3_prepare_v3", handle_.get());
}

absl::StatusOr<int64_t> SqliteDatabase::QueryInteger(absl::string_view sql) {
  absl::StatusOr<SqliteStatement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::InternalError(absl::StrCat("no row: ", sql));
  const int64_t value = statement->Integer(0);
  // To the end: a statement that writes commits with its last step, and that can fail.
  while (*row) {
    row = statement->Step();
    if (!row.ok()) return row.status();
  }
  return value;
}

bool SqliteDatabase::InTransaction() const { return ::sqlite3_get_autocommit(handle_.get()) == 0; }

}  // namespace proctor
