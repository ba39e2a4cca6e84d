#ifndef PROCTOR_AGENT_LINUX_PAM_ACCOUNT_CHECK_H_
#define PROCTOR_AGENT_LINUX_PAM_ACCOUNT_CHECK_H_

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/token/account_check.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor {

// PAM's account management (pam_acct_mgmt), which the job host asks in a process of its own. An
// answer is good for a short time, and those who ask for the same account meanwhile wait for the
// same one: a storm of callers starts one process, not one each. While PAM does not answer, as when
// a module waits for a domain controller, the last answer stands for a while if it was yes. Answers
// are kept up to a bound; beyond, the account that has the most, for callers of the most addresses,
// loses its oldest: nobody makes others lose theirs.
class PamAccountCheck final : public AccountCheck {
 public:
  struct Options {
    std::string service = "proctor";
    absl::Duration good_for = absl::Seconds(10);
    // How long a yes stands when PAM does not answer.
    absl::Duration stands_for = absl::Minutes(10);
    // Of the wait of whoever asks; PAM's answer is taken later, too.
    absl::Duration deadline = absl::Seconds(5);
    // The same where there is a yes that stands: longer than PAM takes that waits for nobody, also
    // on a machine that has much to do.
    absl::Duration patience = absl::Seconds(2);
    size_t max_kept = 4096;
  };
  using Answer = std::function<void(absl::StatusOr<jobhost::LogonReply>)>;
  // JobHostLink::Logon, which answers once, on any thread.
  using Ask = std::function<void(jobhost::Logon, Answer)>;

  // `clock` must outlive the check, which must outlive its last answer.
  PamAccountCheck(Options options, const Clock* clock, Ask ask)
      : options_(std::move(options)), clock_(clock), ask_(std::move(ask)) {}

  absl::Status Check(const std::string& account, const std::string& remote_host) override;
  std::string name() const override;

 private:
  using Key = std::pair<std::string, std::string>;  // The account, and where its user comes from.
  struct Entry {
    bool asked = false;  // There is no answer yet.
    absl::Duration asked_at;
    absl::Status verdict;
    // On the monotonic clock: until when the verdict is good, and a yes stands.
    absl::Duration until;
    absl::Duration stands_until;
  };

  bool Stands(const Entry& entry) const { return clock_->Monotonic() < entry.stands_until; }
  // Forgets what is good for nothing any more, or else one answer.
  void MakeRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the caller is the one to ask.
  bool Begin(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AskFor(const Key& key);
  void Answered(const Key& key, const absl::Status& verdict);
  absl::Status Await(const Key& key);
  absl::Status Verdict(const std::string& account,
                       const absl::StatusOr<jobhost::LogonReply>& reply) const;

  const Options options_;
  const Clock* const clock_;
  const Ask ask_;
  Mutex mutex_;
  CondVar changed_;
  absl::flat_hash_map<Key, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_PAM_ACCOUNT_CHECK_H_
