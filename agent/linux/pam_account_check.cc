#include "agent/linux/pam_account_check.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr char kCall[] = "pam_acct_mgmt";
// More than there are accounts that are asked for within an answer's life; beyond, what has been
// answered is forgotten.
constexpr size_t kMaxEntries = 4096;

absl::Status WithAdvice(const absl::Status& status, const std::string& advice) {
  v1::FailureDetail detail = GetFailureDetail(status).value_or(v1::FailureDetail());
  detail.set_call(kCall);
  detail.set_advice(advice);
  return WithFailureDetail(status, detail);
}

absl::Status NotAsked(const std::string& account, absl::string_view why) {
  return WithAdvice(absl::UnavailableError(absl::StrCat("whether the account '", account,
                                                        "' may be used cannot be told: ", why)),
                    "the agent's PAM, or what its modules ask, does not answer; try again, or see "
                    "the agent's log");
}

}  // namespace

std::string PamAccountCheck::name() const {
  return absl::StrCat("PAM account management, service ", options_.service);
}

absl::Status PamAccountCheck::Verdict(const std::string& account,
                                      const absl::StatusOr<jobhost::LogonReply>& reply) const {
  if (!reply.ok()) return NotAsked(account, reply.status().message());
  if (reply->error() == ETIMEDOUT || reply->error() == EPIPE) {
    return NotAsked(account, absl::StrCat(reply->call(), ": ", reply->detail()));
  }
  if (reply->error() != 0) {
    return NotAsked(account, OsErrorStatus(reply->call(), reply->error()).message());
  }
  if (reply->pam_result() == 0) return absl::OkStatus();
  return WithAdvice(
      absl::PermissionDeniedError(
          absl::StrCat("the account '", account, "' may not be used now: ", reply->detail())),
      absl::StrCat("on the agent's machine, `chage -l ", account, "`, /etc/nologin and /etc/pam.d/",
                   options_.service, " say when an account may be used"));
}

bool PamAccountCheck::Begin(const Key& key, absl::Duration now) {
  if (state_->entries.size() >= kMaxEntries) {
    absl::erase_if(state_->entries, [](const auto& entry) { return !entry.second.asked; });
  }
  Entry& entry = state_->entries[key];
  if (entry.asked || now < entry.until) return false;
  entry.asked = true;
  return true;
}

void PamAccountCheck::AskFor(const Key& key) {
  jobhost::Logon question;
  question.set_service(options_.service);
  question.set_user(key.first);
  question.set_remote_host(key.second);
  question.set_account_only(true);
  ask_(std::move(question),
       [this, state = state_, key](const absl::StatusOr<jobhost::LogonReply>& reply) {
         const absl::Status verdict = Verdict(key.first, reply);
         const bool judged = verdict.ok() || absl::IsPermissionDenied(verdict);
         MutexLock lock(&state->mutex);
         Entry& entry = state->entries[key];
         entry.asked = false;
         entry.verdict = verdict;
         entry.until = judged ? clock_->Monotonic() + options_.good_for : absl::ZeroDuration();
         state->changed.NotifyAll();
       });
}

absl::Status PamAccountCheck::Await(const Key& key) {
  const absl::Duration deadline = Clock::Real()->Monotonic() + options_.deadline;
  MutexLock lock(&state_->mutex);
  while (true) {
    // One that was forgotten meanwhile has been answered; it is rare enough to be tried again.
    const auto found = state_->entries.find(key);
    if (found == state_->entries.end()) return NotAsked(key.first, "too many are asked for");
    if (!found->second.asked) return found->second.verdict;
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    if (left <= absl::ZeroDuration()) {
      return NotAsked(key.first, absl::StrCat("PAM did not answer within ",
                                              absl::FormatDuration(options_.deadline)));
    }
    state_->changed.WaitFor(&state_->mutex, left);
  }
}

absl::Status PamAccountCheck::Check(const std::string& account, const std::string& remote_host) {
  const Key key(account, remote_host);
  bool first;
  {
    MutexLock lock(&state_->mutex);
    first = Begin(key, clock_->Monotonic());
  }
  if (first) AskFor(key);
  return Await(key);
}

}  // namespace proctor
