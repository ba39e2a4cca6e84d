#include "agent/job/user_quota.h"

#include "absl/strings/str_cat.h"
#include "common/bound_exceeded.h"

namespace proctor {
namespace {

absl::Status Exceeded(absl::string_view limit, uint64_t held, uint64_t bound,
                      absl::string_view advice) {
  return BoundExceeded(limit, absl::StrCat(held, " held, the bound is ", bound), advice);
}

}  // namespace

absl::Status UserQuota::Charge(const std::string& user, const RecordCharge& charge,
                               absl::optional<uint32_t> max_running_jobs) {
  const UserUsage usage = UsageOf(user);
  const uint32_t max_running = max_running_jobs.value_or(limits_.max_running_jobs);
  if (usage.running >= max_running) {
    return Exceeded(max_running_jobs.has_value() ? "policy.bounds.max_running_jobs"
                                                 : "max_running_jobs_per_user",
                    usage.running, max_running,
                    "wait for jobs to end, or raise the limit in the agent's configuration");
  }
  if (usage.records >= limits_.max_records) {
    return Exceeded("max_records_per_user", usage.records, limits_.max_records,
                    "delete finished jobs, or launch with a shorter retention");
  }
  if (absl::Status grown = MayGrow(user, charge.record_bytes); !grown.ok()) return grown;
  const uint64_t spool_bytes = charge.spool_bytes;
  if (spool_bytes > limits_.max_spool_bytes ||
      usage.spool_bytes > limits_.max_spool_bytes - spool_bytes) {
    return Exceeded("max_spool_bytes_per_user", usage.spool_bytes, limits_.max_spool_bytes,
                    absl::StrCat("this launch may keep ", spool_bytes,
                                 " bytes more; delete finished jobs or lower limit_bytes"));
  }
  ChargeUnconditionally(user, charge, /*running=*/true);
  return absl::OkStatus();
}

absl::Status UserQuota::MayGrow(const std::string& user, uint64_t bytes) const {
  const uint64_t held = UsageOf(user).record_bytes;
  if (bytes <= limits_.max_record_bytes && held <= limits_.max_record_bytes - bytes) {
    return absl::OkStatus();
  }
  return Exceeded(
      "max_record_bytes_per_user", held, limits_.max_record_bytes,
      absl::StrCat("this would take ", bytes,
                   " bytes more: delete finished jobs, launch with a shorter retention, "
                   "or hand long lists over in files"));
}

void UserQuota::ChargeUnconditionally(const std::string& user, const RecordCharge& charge,
                                      bool running) {
  for (UserUsage* const usage : {&users_[user], &total_}) {
    if (running) ++usage->running;
    ++usage->records;
  }
  Change(user, {}, charge);
}

void UserQuota::Finish(const std::string& user, const RecordCharge& before,
                       const RecordCharge& now) {
  for (UserUsage* const usage : {&users_[user], &total_}) --usage->running;
  Change(user, before, now);
}

void UserQuota::Change(const std::string& user, const RecordCharge& before,
                       const RecordCharge& now) {
  for (UserUsage* const usage : {&users_[user], &total_}) {
    usage->record_bytes += now.record_bytes - before.record_bytes;
    usage->spool_bytes += now.spool_bytes - before.spool_bytes;
  }
}

void UserQuota::Release(const std::string& user, const RecordCharge& charge) {
  const auto found = users_.find(user);
  if (found == users_.end()) return;
  Change(user, charge, {});
  for (UserUsage* const usage : {&found->second, &total_}) --usage->records;
  if (found->second.records == 0) users_.erase(found);
}

UserUsage UserQuota::UsageOf(const std::string& user) const {
  const auto found = users_.find(user);
  return found == users_.end() ? UserUsage{} : found->second;
}

}  // namespace proctor
