#include "agent/token/posix/account_database.h"

#include <pwd.h>
#include <sys/stat.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

constexpr absl::Duration kFresh = absl::Seconds(10);
// More entries than any machine has active users; beyond, the cache starts over.
constexpr size_t kMaxEntries = 4096;

std::string RuntimeDirectory(uid_t uid) {
  const std::string path = absl::StrCat("/run/user/", uid);
  struct stat info;
  const bool usable =
      ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == uid;
  return usable ? path : "";
}

Account Resolve(uid_t uid) {
  Account account;
  account.name = absl::StrCat(uid);
  account.home = "/";
  account.shell = "/bin/sh";
  account.runtime_directory = RuntimeDirectory(uid);
  std::vector<char> buffer(4096);
  passwd entry;
  passwd* found = nullptr;
  int error;
  while ((error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found)) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (error != 0 || found == nullptr) return account;
  account.known = true;
  account.name = entry.pw_name;
  if (entry.pw_dir[0] != '\0') account.home = entry.pw_dir;
  if (entry.pw_shell[0] != '\0') account.shell = entry.pw_shell;
  return account;
}

}  // namespace

AccountDatabase::AccountDatabase(const Clock* clock)
    : clock_(clock), refresher_([this] { RefreshLoop(); }) {}

AccountDatabase::~AccountDatabase() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  work_.NotifyAll();
  refresher_.join();
}

std::shared_ptr<const Account> AccountDatabase::Lookup(uid_t uid) {
  {
    MutexLock lock(&mutex_);
    if (auto found = entries_.find(uid); found != entries_.end()) {
      Entry& entry = found->second;
      if (!entry.refreshing && clock_->Monotonic() - entry.looked_up > kFresh) {
        entry.refreshing = true;
        to_refresh_.push_back(uid);
        work_.NotifyOne();
      }
      return entry.account;
    }
  }
  auto account = std::make_shared<const Account>(Resolve(uid));
  MutexLock lock(&mutex_);
  if (entries_.size() >= kMaxEntries) entries_.clear();
  entries_[uid] = Entry{account, clock_->Monotonic(), false};
  return account;
}

void AccountDatabase::RefreshLoop() {
  while (true) {
    uid_t uid;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && to_refresh_.empty()) work_.Wait(&mutex_);
      if (stopping_) return;
      uid = to_refresh_.back();
      to_refresh_.pop_back();
    }
    auto account = std::make_shared<const Account>(Resolve(uid));
    MutexLock lock(&mutex_);
    entries_[uid] = Entry{std::move(account), clock_->Monotonic(), false};
  }
}

}  // namespace proctor
