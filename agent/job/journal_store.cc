#include "agent/job/journal_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/secure_random.h"

namespace proctor {
namespace {

constexpr int64_t kSchemaVersion = 2;
constexpr size_t kDigestKeyBytes = 32;
// Four MiB of free pages may stay for the next jobs; beyond, they are given back a few at a time,
// since a launch may come meanwhile.
constexpr int64_t kFreePagesKept = 1024;
constexpr int64_t kPagesPerReclaim = 64;

// synchronous=OFF: the promise is about the death of processes, not of the machine. What was
// written is in the page cache and outlives any process; after a power loss every job is gone
// anyway, and the journal of another boot only says which. A commit costs 17 us so, 260 us with
// fsync. locking_mode=EXCLUSIVE before WAL: no shared-memory file, and a second agent is kept out.
// auto_vacuum has to be chosen before the first table exists.
constexpr char kPragmas[] =
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA locking_mode=EXCLUSIVE;"
    "PRAGMA auto_vacuum=INCREMENTAL;"
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=OFF;"
    "PRAGMA wal_autocheckpoint=1000;"
    "PRAGMA journal_size_limit=8388608;"
    "PRAGMA temp_store=MEMORY;";

constexpr char kSchema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE jobs("
    "  sequence INTEGER PRIMARY KEY,"
    "  job_id TEXT NOT NULL UNIQUE,"
    "  owner TEXT NOT NULL,"
    "  request_id TEXT NOT NULL,"
    "  host_life TEXT NOT NULL,"
    "  boot_id TEXT NOT NULL,"
    "  job BLOB NOT NULL,"
    "  secret_digest BLOB NOT NULL,"
    "  final INTEGER NOT NULL,"
    "  expires_unix_ns INTEGER NOT NULL,"
    "  grants BLOB NOT NULL DEFAULT x'');"
    "CREATE TABLE settings(name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"
    "PRAGMA user_version=2;"
    "COMMIT;";

// Version 1 had jobs that were shared with nobody.
constexpr char kFromVersion1[] =
    "BEGIN IMMEDIATE;"
    "ALTER TABLE jobs ADD COLUMN grants BLOB NOT NULL DEFAULT x'';"
    "PRAGMA user_version=2;"
    "COMMIT;";

constexpr char kPut[] =
    "INSERT INTO jobs(job_id, owner, request_id, host_life, boot_id, job, secret_digest, final,"
    " expires_unix_ns, grants) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
    " ON CONFLICT(job_id) DO UPDATE SET owner=?2, request_id=?3, host_life=?4, boot_id=?5, job=?6,"
    " secret_digest=?7, final=?8, expires_unix_ns=?9, grants=?10";

constexpr char kLoad[] =
    "SELECT job_id, owner, request_id, host_life, boot_id, job, secret_digest, final,"
    " expires_unix_ns, grants FROM jobs ORDER BY sequence";

absl::Status PrepareSchema(SqliteDatabase& database, const std::string& path) {
  const absl::StatusOr<int64_t> version = database.QueryInteger("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version == kSchemaVersion) return absl::OkStatus();
  if (*version == 0) return database.Execute(kSchema);
  if (*version == 1) return database.Execute(kFromVersion1);
  return absl::FailedPreconditionError(absl::StrCat(path, " has schema version ", *version,
                                                    ", this release knows ", kSchemaVersion,
                                                    ": it was written by a newer proctord"));
}

}  // namespace

JournalStore::JournalStore(const std::string& path, SqliteDatabase database, Statements statements)
    : ballast_(path), database_(std::move(database)), statements_(std::move(statements)) {}

absl::StatusOr<std::unique_ptr<JournalStore>> JournalStore::Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<JournalStore>> store = OpenOnce(path);
  JournalBallast ballast(path);
  while (absl::IsResourceExhausted(store.status()) && ballast.GiveUpHalf()) store = OpenOnce(path);
  if (store.ok()) (*store)->ballast_.Renew();
  return store;
}

absl::StatusOr<std::unique_ptr<JournalStore>> JournalStore::OpenOnce(const std::string& path) {
  absl::StatusOr<SqliteDatabase> database = SqliteDatabase::Open(path);
  if (!database.ok()) return database.status();
  absl::Status status = database->Execute(kPragmas);
  if (status.ok()) status = PrepareSchema(*database, path);
  if (!status.ok()) return status;
  absl::StatusOr<SqliteStatement> put = database->Prepare(kPut);
  if (!put.ok()) return put.status();
  absl::StatusOr<SqliteStatement> erase = database->Prepare("DELETE FROM jobs WHERE job_id=?1");
  if (!erase.ok()) return erase.status();
  absl::StatusOr<SqliteStatement> begin = database->Prepare("BEGIN IMMEDIATE");
  if (!begin.ok()) return begin.status();
  absl::StatusOr<SqliteStatement> commit = database->Prepare("COMMIT");
  if (!commit.ok()) return commit.status();
  return std::unique_ptr<JournalStore>(new JournalStore(
      path, *std::move(database),
      {*std::move(put), *std::move(erase), *std::move(begin), *std::move(commit)}));
}

absl::Status JournalStore::ApplyOne(const JournalWrite& write) {
  const JournalEntry& entry = write.entry;
  if (write.kind == JournalWrite::Kind::kDelete) {
    statements_.erase.BindText(1, entry.job_id);
    return statements_.erase.Run();
  }
  SqliteStatement& put = statements_.put;
  put.BindText(1, entry.job_id);
  put.BindText(2, entry.owner);
  put.BindText(3, entry.request_id);
  put.BindText(4, entry.host_life);
  put.BindText(5, entry.boot_id);
  std::string whole;  // As long as the statement runs.
  if (entry.strings != nullptr) whole = absl::StrCat(entry.job, *entry.strings);
  put.BindBlob(6, entry.strings != nullptr ? whole : entry.job);
  put.BindBlob(7, entry.secret_digest);
  put.BindInteger(8, entry.final ? 1 : 0);
  put.BindInteger(9, entry.expires_unix_ns);
  put.BindBlob(10, entry.grants);
  return put.Run();
}

absl::Status JournalStore::Apply(absl::Span<const JournalWrite* const> writes) {
  absl::Status status = statements_.begin.Run();
  for (const JournalWrite* write : writes) {
    if (!status.ok()) break;
    status = ApplyOne(*write);
  }
  if (status.ok()) status = statements_.commit.Run();
  if (status.ok()) ballast_.Renew();
  // SQLITE_FULL and its like may have rolled back already; a second ROLLBACK would be an error.
  if (!status.ok() && database_.InTransaction()) {
    database_.Execute("ROLLBACK").IgnoreError();
  }
  return status;
}

void JournalStore::ReuseLog() {
  // With its frames copied into the main file the log starts again at its head, in space it has.
  // Whether that helped is told by the next Apply.
  database_.Execute("PRAGMA wal_checkpoint(RESTART)").IgnoreError();
}

bool JournalStore::ReclaimSpace() {
  const absl::StatusOr<int64_t> free_pages = database_.QueryInteger("PRAGMA freelist_count");
  if (!free_pages.ok()) return false;
  if (*free_pages <= kFreePagesKept) {
    // The file becomes shorter only when the log is copied into it.
    if (reclaimed_) database_.Execute("PRAGMA wal_checkpoint(PASSIVE)").IgnoreError();
    reclaimed_ = false;
    return false;
  }
  reclaimed_ = true;
  return database_.Execute(absl::StrCat("PRAGMA incremental_vacuum(", kPagesPerReclaim, ")")).ok();
}

absl::StatusOr<uint64_t> JournalStore::NextEpoch() {
  absl::StatusOr<uint64_t> epoch = IncrementEpoch();
  while (absl::IsResourceExhausted(epoch.status()) && ballast_.GiveUpHalf()) {
    epoch = IncrementEpoch();
  }
  return epoch;
}

absl::StatusOr<uint64_t> JournalStore::IncrementEpoch() {
  const absl::StatusOr<int64_t> epoch = database_.QueryInteger(
      "INSERT INTO settings(name, value) VALUES('epoch', 1)"
      " ON CONFLICT(name) DO UPDATE SET value=value+1 RETURNING value");
  if (!epoch.ok()) return epoch.status();
  return static_cast<uint64_t>(*epoch);
}

absl::Status JournalStore::Load(const std::function<void(const JournalEntry&)>& take) {
  absl::StatusOr<SqliteStatement> rows = database_.Prepare(kLoad);
  if (!rows.ok()) return rows.status();
  while (true) {
    const absl::StatusOr<bool> row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    JournalEntry entry;
    entry.job_id = rows->Bytes(0);
    entry.owner = rows->Bytes(1);
    entry.request_id = rows->Bytes(2);
    entry.host_life = rows->Bytes(3);
    entry.boot_id = rows->Bytes(4);
    entry.job = rows->Bytes(5);
    entry.secret_digest = rows->Bytes(6);
    entry.final = rows->Integer(7) != 0;
    entry.expires_unix_ns = rows->Integer(8);
    entry.grants = rows->Bytes(9);
    take(entry);
  }
}

absl::StatusOr<std::string> JournalStore::DigestKey() {
  absl::StatusOr<SqliteStatement> insert = database_.Prepare(
      "INSERT INTO settings(name, value) VALUES('digest_key', ?1) ON CONFLICT(name) DO NOTHING");
  if (!insert.ok()) return insert.status();
  const std::string fresh = SecureRandomBytes(kDigestKeyBytes);
  insert->BindBlob(1, fresh);
  if (absl::Status inserted = insert->Run(); !inserted.ok()) return inserted;
  absl::StatusOr<SqliteStatement> select =
      database_.Prepare("SELECT value FROM settings WHERE name='digest_key'");
  if (!select.ok()) return select.status();
  const absl::StatusOr<bool> row = select->Step();
  if (!row.ok()) return row.status();
  const std::string key = *row ? select->Bytes(0) : std::string();
  if (key.size() != kDigestKeyBytes) {
    return absl::DataLossError("the journal's digest key is damaged");
  }
  // Copied: GCC 12 warns, wrongly, when a string of known length is moved.
  return absl::StatusOr<std::string>(absl::in_place, key);
}

}  // namespace proctor
