#include "agent/jobhost/linux/credential_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

constexpr mode_t kDirectoryMode = 0711;
constexpr mode_t kFileMode = 0600;
// A job can make its file longer than memory is; the tickets are at the start.
constexpr off_t kMaxOverwritten = 1 << 20;
constexpr int kMaxTries = 8;

std::string Prefix() { return absl::StrCat("proctor-ccache-", ::geteuid(), "-"); }

void Overwrite(int fd) {
  struct stat info;
  if (::fstat(fd, &info) != 0) return;
  const char zeros[4096] = {};
  const off_t end = std::min<off_t>(info.st_size, kMaxOverwritten);
  for (off_t at = 0; at < end; at += static_cast<off_t>(sizeof(zeros))) {
    const size_t count = std::min<size_t>(sizeof(zeros), static_cast<size_t>(end - at));
    if (::pwrite(fd, zeros, count, at) < 0) break;
  }
  if (::ftruncate(fd, 0) != 0) return;  // It is removed all the same.
}

bool IsInMemory(const std::string& path) {
  struct statfs info;
  if (::statfs(path.c_str(), &info) != 0) return false;
  return info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC;
}

// Removes the files in a directory of ours, overwritten where they can be opened.
void RemoveFiles(int directory_fd) {
  UniqueFd again(::openat(directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* const listing = again.valid() ? ::fdopendir(again.get()) : nullptr;
  if (listing == nullptr) return;
  again.release();
  while (const dirent* const entry = ::readdir(listing)) {
    if (entry->d_name[0] == '.') continue;
    const UniqueFd file(::openat(directory_fd, entry->d_name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC));
    if (file.valid()) Overwrite(file.get());
    ::unlinkat(directory_fd, entry->d_name, 0);
  }
  ::closedir(listing);
}

// Takes the lock that says whether the directory's host lives. False: it does, or the directory was
// removed meanwhile.
bool TakeOver(int directory_fd) {
  struct stat info;
  return ::flock(directory_fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(directory_fd, &info) == 0 &&
         info.st_uid == ::geteuid() && info.st_nlink > 0;
}

void SweepBase(const std::string& base) {
  DIR* const listing = ::opendir(base.c_str());
  if (listing == nullptr) return;
  const std::string prefix = Prefix();
  while (const dirent* const entry = ::readdir(listing)) {
    if (!absl::StartsWith(entry->d_name, prefix)) continue;
    const UniqueFd directory(
        ::openat(::dirfd(listing), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!directory.valid() || !TakeOver(directory.get())) continue;
    RemoveFiles(directory.get());
    ::unlinkat(::dirfd(listing), entry->d_name, AT_REMOVEDIR);
  }
  ::closedir(listing);
}

// A directory below `base` that nobody else uses.
absl::StatusOr<CredentialDirectory> MakeDirectory(const std::string& base) {
  for (int i = 0; i < kMaxTries; ++i) {
    uint64_t number;
    if (::getrandom(&number, sizeof(number), 0) != sizeof(number)) {
      return OsErrorStatus("getrandom", errno);
    }
    CredentialDirectory made;
    made.path = absl::StrCat(base, "/", Prefix(), absl::Hex(number, absl::kZeroPad16));
    if (::mkdir(made.path.c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;
      return OsErrorStatus("mkdir", errno, made.path);
    }
    made.fd.reset(::open(made.path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    // Another host that starts now may have taken it for a dead one's, which costs a try.
    if (!made.fd.valid() || !TakeOver(made.fd.get())) continue;
    if (::fchmod(made.fd.get(), kDirectoryMode) != 0) {
      const int error = errno;
      ::rmdir(made.path.c_str());
      return OsErrorStatus("fchmod", error, made.path);
    }
    return made;
  }
  return absl::UnavailableError(absl::StrCat("no directory could be made below ", base));
}

absl::Status WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return OsErrorStatus("write", errno, "credential cache");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

// What was asked for is what there is.
absl::Status VerifyFile(int fd, uid_t uid, gid_t gid, size_t size) {
  struct stat info;
  if (::fstat(fd, &info) != 0) return OsErrorStatus("fstat", errno, "credential cache");
  if (!S_ISREG(info.st_mode) || (info.st_mode & 07777) != kFileMode || info.st_uid != uid ||
      info.st_gid != gid || info.st_nlink != 1 || info.st_size != static_cast<off_t>(size)) {
    return OsErrorStatus("fstat", EPERM, "the credential cache is not what was made");
  }
  return absl::OkStatus();
}

}  // namespace

CredentialCache::CredentialCache(std::shared_ptr<const CredentialDirectory> directory,
                                 std::string name, UniqueFd file)
    : directory_(std::move(directory)),
      name_(std::move(name)),
      variable_(absl::StrCat("KRB5CCNAME=FILE:", directory_->path, "/", name_)),
      file_(std::move(file)) {}

CredentialCache::~CredentialCache() {
  Overwrite(file_.get());
  ::unlinkat(directory_->fd.get(), name_.c_str(), 0);
}

std::vector<std::string> CredentialStore::DefaultBases() {
  if (::geteuid() == 0) return {"/run", "/dev/shm"};
  return {absl::StrCat("/run/user/", ::geteuid()), "/dev/shm"};
}

CredentialStore::CredentialStore(std::vector<std::string> bases) : bases_(std::move(bases)) {}

CredentialStore::~CredentialStore() { RemoveAll(); }

void CredentialStore::SweepLeftovers() {
  for (const std::string& base : bases_) SweepBase(base);
}

void CredentialStore::RemoveAll() {
  MutexLock lock(&mutex_);
  if (directory_ == nullptr) return;
  RemoveFiles(directory_->fd.get());
  ::rmdir(directory_->path.c_str());
  directory_ = nullptr;
}

absl::StatusOr<std::shared_ptr<const CredentialDirectory>> CredentialStore::Directory() {
  MutexLock lock(&mutex_);
  if (directory_ != nullptr) return directory_;
  absl::Status last = absl::FailedPreconditionError(
      absl::StrCat("no file system in memory (tmpfs) to keep credentials in: ", bases_.front(),
                   ", ", bases_.back()));
  for (const std::string& base : bases_) {
    if (!IsInMemory(base)) continue;
    absl::StatusOr<CredentialDirectory> made = MakeDirectory(base);
    if (made.ok()) {
      directory_ = std::make_shared<const CredentialDirectory>(*std::move(made));
      return directory_;
    }
    last = made.status();
  }
  return last;
}

absl::StatusOr<std::unique_ptr<CredentialCache>> CredentialStore::Put(const std::string& job_id,
                                                                      absl::string_view bytes,
                                                                      uid_t uid, gid_t gid) {
  absl::StatusOr<std::shared_ptr<const CredentialDirectory>> directory = Directory();
  if (!directory.ok()) return directory.status();
  UniqueFd file(::openat((*directory)->fd.get(), job_id.c_str(),
                         O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kFileMode));
  if (!file.valid()) return OsErrorStatus("openat", errno, "credential cache");
  const int fd = file.get();
  // Goes again, with its directory entry, if the rest fails.
  auto cache = std::make_unique<CredentialCache>(*std::move(directory), job_id, std::move(file));
  absl::Status status = WriteAll(fd, bytes);
  if (status.ok() && (uid != ::geteuid() || gid != ::getegid()) && ::fchown(fd, uid, gid) != 0) {
    status = OsErrorStatus("fchown", errno, "credential cache");
  }
  if (status.ok()) status = VerifyFile(fd, uid, gid, bytes.size());
  if (!status.ok()) return status;
  return cache;
}

}  // namespace proctor::jobhost
