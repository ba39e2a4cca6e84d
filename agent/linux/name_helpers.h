#ifndef PROCTOR_AGENT_LINUX_NAME_HELPERS_H_
#define PROCTOR_AGENT_LINUX_NAME_HELPERS_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "agent/caller/linux/local_account.h"
#include "agent/linux/name_helper.h"
#include "agent/token/account_names.h"
#include "agent/token/posix/account_database.h"
#include "agent/token/sid_directory.h"
#include "common/mutex.h"
#include "common/negotiate_context.h"

namespace proctor {

// Who accounts are, asked in processes of their own. The client libraries of winbind and sssd
// answer one thread of a process after the other: while one waits for a domain controller, those
// wait, too, whom the service knows and would name at once. So each question that is open has a
// process, which is killed when it takes too long; a few that have answered are kept for the next
// ones. There are as many as threads that ask, which is whoever makes these threads to bound
// (UserWorkers). Thread-safe; every question blocks for `deadline` at most.
class NameHelpers final : public AccountNames, public SidDirectory {
 public:
  struct Options {
    std::string program = "/proc/self/exe";
    // Shorter than a handshake's look-ups may take.
    absl::Duration deadline = absl::Seconds(5);
    size_t max_idle = 8;
  };
  explicit NameHelpers(Options options) : options_(std::move(options)) {}

  // As the functions of the same names; DEADLINE_EXCEEDED, with advice, when there is no answer.
  absl::StatusOr<v1::Principal> IdentityOfAccount(const std::string& name) const;
  absl::StatusOr<v1::Principal> IdentityOfUid(uid_t uid) const;
  absl::StatusOr<LocalAccount> FindLocalAccount(
      const NegotiateFacts& facts, const std::vector<std::string>& trusted_realms) const;
  // AccountDatabase::Resolver.
  absl::optional<Account> EntryOf(uid_t uid) const;

  absl::StatusOr<std::string> UserKey(absl::string_view name) const override;
  absl::StatusOr<std::string> GroupKey(absl::string_view name) const override;
  absl::StatusOr<uint32_t> UidOf(const std::string& sid) const override;

 private:
  absl::StatusOr<names::Answer> Ask(const names::Question& question) const;
  absl::optional<NameHelper> TakeIdle() const;
  void Keep(NameHelper helper) const;

  const Options options_;
  mutable Mutex mutex_;
  mutable std::vector<NameHelper> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_NAME_HELPERS_H_
