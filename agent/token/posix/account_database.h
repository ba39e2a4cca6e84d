#ifndef PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_DATABASE_H_
#define PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_DATABASE_H_

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// What the name service says of an account.
struct Account {
  bool known = false;  // False: the id has no entry; the other fields hold what login(1) would use.
  std::string name;
  std::string home;
  std::string shell;
  // /run/user/UID when the user has a login session there, else empty.
  std::string runtime_directory;
};

// passwd look-ups by uid, cached for a short life. The name service may be a directory on the
// network, so after the first look-up of a uid the cached answer is given at once and refreshed in
// the background once it is older than kFresh. Thread-safe.
class AccountDatabase {
 public:
  explicit AccountDatabase(const Clock* clock);
  ~AccountDatabase();
  AccountDatabase(const AccountDatabase&) = delete;
  AccountDatabase& operator=(const AccountDatabase&) = delete;

  // Never null. Blocks on the name service when the uid is new.
  std::shared_ptr<const Account> Lookup(uid_t uid);

 private:
  struct Entry {
    std::shared_ptr<const Account> account;
    absl::Duration looked_up;
    bool refreshing = false;
  };

  void RefreshLoop();

  const Clock* const clock_;
  Mutex mutex_;
  CondVar work_;
  absl::flat_hash_map<uid_t, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::vector<uid_t> to_refresh_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread refresher_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_DATABASE_H_
