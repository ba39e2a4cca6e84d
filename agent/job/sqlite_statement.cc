#include "agent/job/sqlite_statement.h"

#include <sqlite3.h>

#include "agent/job/sqlite_database.h"

namespace proctor {

void SqliteStatement::Finalize::operator()(sqlite3_stmt* statement) const {
  ::sqlite3_finalize(statement);
}

// A bind can only fail for a wrong parameter number or for memory; either way the parameter stays
// NULL, which the NOT NULL columns refuse at the next Step.
void SqliteStatement::BindText(int parameter, absl::string_view value) {
  ::sqlite3_bind_text64(statement_.get(), parameter, value.data() != nullptr ? value.data() : "",
                        value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void SqliteStatement::BindBlob(int parameter, absl::string_view value) {
  ::sqlite3_bind_blob64(statement_.get(), parameter, value.data() != nullptr ? value.data() : "",
                        value.size(), SQLITE_STATIC);
}

void SqliteStatement::BindInteger(int parameter, int64_t value) {
  ::sqlite3_bind_int64(statement_.get(), parameter, value);
}

absl::StatusOr<bool> SqliteStatement::Step() {
  const int code = ::sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return SqliteErrorStatus("sqlite3_step", ::sqlite3_db_handle(statement_.get()));
}

absl::Status SqliteStatement::Run() {
  const absl::StatusOr<bool> row = Step();
  Reset();
  return row.status();
}

void SqliteStatement::Reset() {
  ::sqlite3_reset(statement_.get());
  ::sqlite3_clear_bindings(statement_.get());
}

std::string SqliteStatement::Bytes(int column) const {
  const void* const data = ::sqlite3_column_blob(statement_.get(), column);
  if (data == nullptr) return std::string();
  return std::string(static_cast<const char*>(data),
                     static_cast<size_t>(::sqlite3_column_bytes(statement_.get(), column)));
}

int64_t SqliteStatement::Integer(int column) const {
  return ::sqlite3_column_int64(statement_.get(), column);
}

}  // namespace proctor
