#ifndef PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_DATABASE_H_
#define PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_DATABASE_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
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
// the background once it is older than kFresh; it stays while nobody gives another. Thread-safe.
class AccountDatabase {
 public:
  // Blocks on the name service. Nullopt when that does not answer.
  using Resolver = std::function<absl::optional<Account>(uid_t)>;

  // `clock` must outlive the database. A look-up that hangs does not hold up its end: the resolver
  // may be called until it returns.
  explicit AccountDatabase(const Clock* clock, Resolver resolver = &AskNameService);
  ~AccountDatabase();
  AccountDatabase(const AccountDatabase&) = delete;
  AccountDatabase& operator=(const AccountDatabase&) = delete;

  // The system's resolver.
  static absl::optional<Account> AskNameService(uid_t uid);

  // Never null. Blocks on the name service when the uid is new.
  std::shared_ptr<const Account> Lookup(uid_t uid);

 private:
  struct Entry {
    std::shared_ptr<const Account> account;
    absl::Duration looked_up;
    bool refreshing = false;
  };

  // What the thread that refreshes shares with the database, and keeps should it hang.
  struct State {
    State(const Clock* clock_in, Resolver resolver_in)
        : clock(clock_in), resolver(std::move(resolver_in)) {}
    const Clock* const clock;
    const Resolver resolver;
    Mutex mutex;
    CondVar work;
    absl::flat_hash_map<uid_t, Entry> entries ABSL_GUARDED_BY(mutex);
    std::vector<uid_t> to_refresh ABSL_GUARDED_BY(mutex);
    bool stopping ABSL_GUARDED_BY(mutex) = false;
  };

  static void RefreshLoop(State* state);

  const std::shared_ptr<State> state_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_DATABASE_H_
