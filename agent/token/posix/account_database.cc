#include "agent/token/posix/account_database.h"

#include <pwd.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/detached_thread.h"

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

// As login(1) has it of an id without an entry.
Account Nameless(uid_t uid) {
  Account account;
  account.name = absl::StrCat(uid);
  account.home = "/";
  account.shell = "/bin/sh";
  account.runtime_directory = RuntimeDirectory(uid);
  return account;
}

}  // namespace

absl::optional<Account> AccountDatabase::AskNameService(uid_t uid) {
  std::vector<char> buffer(4096);
  passwd entry;
  passwd* found = nullptr;
  int error;
  while ((error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found)) == ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  // 0: every service that there is has answered.
  if (found == nullptr && error != 0) return absl::nullopt;
  Account account = Nameless(uid);
  if (found == nullptr) return account;
  account.known = true;
  account.name = entry.pw_name;
  if (entry.pw_dir[0] != '\0') account.home = entry.pw_dir;
  if (entry.pw_shell[0] != '\0') account.shell = entry.pw_shell;
  return account;
}

AccountDatabase::AccountDatabase(const Clock* clock, Resolver resolver)
    : state_(std::make_shared<State>(clock, std::move(resolver))) {
  StartDetachedThread([state = state_] { RefreshLoop(state.get()); });
}

AccountDatabase::~AccountDatabase() {
  MutexLock lock(&state_->mutex);
  state_->stopping = true;
  state_->work.NotifyAll();
}

std::shared_ptr<const Account> AccountDatabase::Lookup(uid_t uid) {
  {
    MutexLock lock(&state_->mutex);
    if (auto found = state_->entries.find(uid); found != state_->entries.end()) {
      Entry& entry = found->second;
      if (!entry.refreshing && state_->clock->Monotonic() - entry.looked_up > kFresh) {
        entry.refreshing = true;
        state_->to_refresh.push_back(uid);
        state_->work.NotifyOne();
      }
      return entry.account;
    }
  }
  absl::Duration looked_up = state_->clock->Monotonic();
  absl::optional<Account> found = state_->resolver(uid);
  // What nobody said is asked for again at once.
  if (!found.has_value()) looked_up = -absl::InfiniteDuration();
  auto account = std::make_shared<const Account>(std::move(found).value_or(Nameless(uid)));
  MutexLock lock(&state_->mutex);
  if (state_->entries.size() >= kMaxEntries) state_->entries.clear();
  state_->entries[uid] = Entry{account, looked_up, false};
  return account;
}

void AccountDatabase::RefreshLoop(State* state) {
  while (true) {
    uid_t uid;
    absl::Duration looked_up;  // An answer is as old as its question.
    {
      MutexLock lock(&state->mutex);
      while (!state->stopping && state->to_refresh.empty()) state->work.Wait(&state->mutex);
      if (state->stopping) return;
      uid = state->to_refresh.back();
      state->to_refresh.pop_back();
      looked_up = state->clock->Monotonic();  // Which is there while the database is.
    }
    absl::optional<Account> account = state->resolver(uid);
    MutexLock lock(&state->mutex);
    if (state->stopping) return;
    Entry& entry = state->entries[uid];
    if (account.has_value() || entry.account == nullptr) {
      entry.account = std::make_shared<const Account>(std::move(account).value_or(Nameless(uid)));
    }
    entry.looked_up = looked_up;
    entry.refreshing = false;
  }
}

}  // namespace proctor
