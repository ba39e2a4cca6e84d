#include "agent/linux/pam_account_check.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr char kCall[] = "pam_acct_mgmt";

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
      absl::StrCat(
          "on the agent's machine, `chage -l ", account, "`, /etc/nologin and /etc/pam.d/",
          options_.service,
          " say when an account may be used; behind sssd a domain's policy does, which must "
          "know the PAM service (ad_gpo_map_remote_interactive, FreeIPA's HBAC rules)"));
}

void PamAccountCheck::MakeRoom() {
  const absl::Duration now = clock_->Monotonic();
  absl::erase_if(entries_, [now](const auto& each) {
    const Entry& entry = each.second;
    return !entry.asked && now >= entry.until && now >= entry.stands_until;
  });
  if (entries_.size() < options_.max_kept) return;
  absl::flat_hash_map<absl::string_view, size_t> kept;  // By account.
  for (const auto& [key, entry] : entries_) ++kept[key.first];
  auto chosen = entries_.end();
  const auto goes_before = [&](const auto& one, const auto& other) {
    const size_t mine = kept[one->first.first];
    const size_t its = kept[other->first.first];
    return mine != its ? mine > its : one->second.until < other->second.until;
  };
  for (auto each = entries_.begin(); each != entries_.end(); ++each) {
    // One that is being asked for has somebody who waits.
    if (each->second.asked) continue;
    if (chosen == entries_.end() || goes_before(each, chosen)) chosen = each;
  }
  if (chosen != entries_.end()) entries_.erase(chosen);
}

bool PamAccountCheck::Begin(const Key& key) {
  if (entries_.size() >= options_.max_kept && !entries_.contains(key)) MakeRoom();
  Entry& entry = entries_[key];
  if (entry.asked || clock_->Monotonic() < entry.until) return false;
  entry.asked = true;
  entry.asked_at = Clock::Real()->Monotonic();
  return true;
}

void PamAccountCheck::AskFor(const Key& key) {
  jobhost::Logon question;
  question.set_service(options_.service);
  question.set_user(key.first);
  question.set_remote_host(key.second);
  question.set_account_only(true);
  ask_(std::move(question), [this, key](const absl::StatusOr<jobhost::LogonReply>& reply) {
    Answered(key, Verdict(key.first, reply));
  });
}

void PamAccountCheck::Answered(const Key& key, const absl::Status& verdict) {
  const absl::Duration now = clock_->Monotonic();
  MutexLock lock(&mutex_);
  Entry& entry = entries_[key];
  entry.asked = false;
  entry.verdict = verdict;
  if (verdict.ok() || absl::IsPermissionDenied(verdict)) {
    entry.until = now + options_.good_for;
    entry.stands_until = verdict.ok() ? now + options_.stands_for : absl::ZeroDuration();
  }
  changed_.NotifyAll();
}

absl::Status PamAccountCheck::Await(const Key& key) {
  const absl::Duration began = Clock::Real()->Monotonic();
  MutexLock lock(&mutex_);
  while (true) {
    // One that was forgotten meanwhile has been answered; it is rare enough to be tried again.
    const auto found = entries_.find(key);
    if (found == entries_.end()) return NotAsked(key.first, "too many are asked for");
    const Entry& entry = found->second;
    const bool stands = Stands(entry);
    if (!entry.asked) {
      return absl::IsUnavailable(entry.verdict) && stands ? absl::OkStatus() : entry.verdict;
    }
    // Whoever comes while PAM is silent already does not wait anew.
    const absl::Duration deadline =
        stands ? entry.asked_at + options_.patience : began + options_.deadline;
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    if (left <= absl::ZeroDuration()) {
      if (stands) return absl::OkStatus();
      return NotAsked(key.first, absl::StrCat("PAM did not answer within ",
                                              absl::FormatDuration(options_.deadline)));
    }
    changed_.WaitFor(&mutex_, left);
  }
}

absl::Status PamAccountCheck::Check(const std::string& account, const std::string& remote_host) {
  const Key key(account, remote_host);
  bool first;
  {
    MutexLock lock(&mutex_);
    first = Begin(key);
  }
  if (first) AskFor(key);
  return Await(key);
}

}  // namespace proctor
