#include "agent/linux/name_helpers.h"

#include "absl/strings/str_cat.h"
#include "agent/caller/name_lookups.h"
#include "agent/linux/name_failure.h"
#include "common/failure_detail.h"

namespace proctor {
namespace {

absl::Status Late(absl::Duration deadline) {
  v1::FailureDetail detail;
  detail.set_advice(NameLookupOptions().advice);
  return WithFailureDetail(
      absl::DeadlineExceededError(absl::StrCat("the agent's name service did not answer within ",
                                               absl::FormatDuration(deadline))),
      detail);
}

absl::StatusOr<v1::Principal> IdentityIn(absl::StatusOr<names::Answer> answer) {
  if (!answer.ok()) return answer.status();
  return std::move(*answer->mutable_identity());
}

absl::StatusOr<std::string> KeyIn(absl::StatusOr<names::Answer> answer) {
  if (!answer.ok()) return answer.status();
  return std::move(*answer->mutable_key());
}

}  // namespace

absl::optional<NameHelper> NameHelpers::TakeIdle() const {
  MutexLock lock(&mutex_);
  if (idle_.empty()) return absl::nullopt;
  absl::optional<NameHelper> helper(std::move(idle_.back()));
  idle_.pop_back();
  return helper;
}

void NameHelpers::Keep(NameHelper helper) const {
  MutexLock lock(&mutex_);
  if (idle_.size() < options_.max_idle) idle_.push_back(std::move(helper));
}

absl::StatusOr<names::Answer> NameHelpers::Ask(const names::Question& question) const {
  while (true) {
    absl::optional<NameHelper> helper = TakeIdle();
    const bool was_idle = helper.has_value();
    if (!was_idle) {
      absl::StatusOr<NameHelper> started = NameHelper::Start(options_.program);
      if (!started.ok()) return started.status();
      helper.emplace(*std::move(started));
    }
    absl::StatusOr<names::Answer> answer = helper->Ask(question, options_.deadline);
    if (answer.ok()) {
      Keep(*std::move(helper));
      if (answer->has_failure()) return StatusOf(answer->failure());
      return answer;
    }
    if (absl::IsDeadlineExceeded(answer.status())) return Late(options_.deadline);
    // One that was idle may have ended since.
    if (!was_idle) return answer.status();
  }
}

absl::StatusOr<v1::Principal> NameHelpers::IdentityOfAccount(const std::string& name) const {
  names::Question question;
  question.set_account(name);
  return IdentityIn(Ask(question));
}

absl::StatusOr<v1::Principal> NameHelpers::IdentityOfUid(uid_t uid) const {
  names::Question question;
  question.set_uid(uid);
  return IdentityIn(Ask(question));
}

absl::StatusOr<LocalAccount> NameHelpers::FindLocalAccount(
    const NegotiateFacts& facts, const std::vector<std::string>& trusted_realms) const {
  names::Question question;
  question.mutable_principal()->set_client(facts.client_principal);
  question.mutable_principal()->set_service(facts.service_principal);
  for (const std::string& realm : trusted_realms) {
    question.mutable_principal()->add_trusted_realm(realm);
  }
  absl::StatusOr<names::Answer> answer = Ask(question);
  if (!answer.ok()) return answer.status();
  return LocalAccount{std::move(*answer->mutable_identity()),
                      std::move(*answer->mutable_mapped_by()),
                      std::move(*answer->mutable_mapping_advice())};
}

absl::optional<Account> NameHelpers::EntryOf(uid_t uid) const {
  names::Question question;
  question.set_entry_of_uid(uid);
  absl::StatusOr<names::Answer> answer = Ask(question);
  if (!answer.ok()) return absl::nullopt;
  names::Entry& entry = *answer->mutable_entry();
  Account account;
  account.known = entry.known();
  account.name = std::move(*entry.mutable_name());
  account.home = std::move(*entry.mutable_home());
  account.shell = std::move(*entry.mutable_shell());
  account.runtime_directory = std::move(*entry.mutable_runtime_directory());
  return account;
}

absl::StatusOr<std::string> NameHelpers::UserKey(absl::string_view name) const {
  names::Question question;
  question.set_user_key(std::string(name));
  return KeyIn(Ask(question));
}

absl::StatusOr<std::string> NameHelpers::GroupKey(absl::string_view name) const {
  names::Question question;
  question.set_group_key(std::string(name));
  return KeyIn(Ask(question));
}

absl::StatusOr<uint32_t> NameHelpers::UidOf(const std::string& sid) const {
  names::Question question;
  question.set_sid(sid);
  const absl::StatusOr<names::Answer> answer = Ask(question);
  if (!answer.ok()) return answer.status();
  return answer->uid();
}

}  // namespace proctor
