// JobManager: what the journal held, and making it agree with what the job host says.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "agent/job/job_manager.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

// After a restart of the agent a caller has at least so long to attach again.
constexpr absl::Duration kReattachWindow = absl::Seconds(60);

// A job whose sharing cannot be read is its owner's and the administrators' alone.
std::shared_ptr<const JobSecurity> RecoverSecurity(const JobAccess& access, const v1::Job& job,
                                                   const std::string& saved_grants) {
  auto owner = std::make_shared<const Principal>(job.owner());
  // Records of earlier releases name no user: it was the owner.
  auto user = job.has_user() ? std::make_shared<const Principal>(job.user()) : owner;
  v1::AccessList grants;
  if (!grants.ParseFromString(saved_grants)) grants.Clear();
  absl::StatusOr<std::shared_ptr<const JobSecurity>> security = access.Protect(owner, user, grants);
  if (security.ok()) return *std::move(security);
  return std::make_shared<const JobSecurity>(owner, owner, v1::AccessList());
}

}  // namespace

absl::StatusOr<uint64_t> JobManager::Recover() {
  const absl::Status loaded = journal_->Load([this](const JournalEntry& saved) {
    MutexLock lock(&mutex_);
    RecoverEntry(saved);
  });
  if (!loaded.ok()) return loaded;
  return CountJobs().records;
}

void JobManager::RecoverEntry(const JournalEntry& saved) {
  v1::Job job;
  if (!job.ParseFromString(saved.job)) return;
  std::shared_ptr<const JobSecurity> security =
      securities_.Share(RecoverSecurity(*access_, job, saved.grants));
  auto entry = std::make_shared<JobEntry>(saved.job_id, next_sequence_++, std::move(security));
  entry->state = job.state();
  entry->request_id = saved.request_id;
  entry->secret_digest = saved.secret_digest;
  entry->labels = LabelsOf(job.spec());
  std::string program = ProgramOf(job.spec());
  entry->strings = TakeLargeStrings(job.mutable_spec());
  if (saved.final) return RecoverFinished(entry, saved.expires_unix_ns, std::move(job));
  // Resolved as for Launch: what differs for Run stands in the job itself.
  LaunchParameters parameters = ResolveLaunch(job.spec(), LaunchKind::kLaunch, options_.defaults);
  parameters.on_caller_gone = job.on_caller_gone().action();
  parameters.caller_gone_after = FromDurationProto(job.on_caller_gone().after());
  parameters.retention = std::max(parameters.retention, kReattachWindow);
  entry->active = std::make_unique<ActiveJob>();
  jobs_.Add(entry);
  ActiveJob& active = *entry->active;
  active.job = std::move(job);
  active.program = std::move(program);
  active.recovered = true;
  entry->charge = {entry->ChargedBytes(), parameters.stdout_limit + parameters.stderr_limit};
  quota_.ChargeUnconditionally(entry->owner->key(), entry->charge, /*running=*/true);
  active.parameters = parameters;
  active.host_life = saved.host_life;
  active.boot_id = saved.boot_id;
  if (parameters.on_caller_gone == v1::OnCallerGone::KILL) {
    ArmCallerGone(entry, std::max(parameters.caller_gone_after, kReattachWindow));
  }
}

void JobManager::RecoverFinished(const EntryPtr& entry, int64_t expires_unix_ns, v1::Job job) {
  const v1::ExitRecord& exit = job.exit();
  const uint64_t spooled = exit.standard_output().bytes_kept() + exit.standard_error().bytes_kept();
  entry->final_journalled = true;
  entry->expires_unix_ns = expires_unix_ns;
  // Until the caller has had time to attach again; but not for so long once more at each restart,
  // or an agent that restarts every minute would keep every record.
  const absl::Duration left = absl::FromUnixNanos(expires_unix_ns) - clock_->Now();
  const absl::Duration kept = std::max(left, std::min(left + kReattachWindow, kReattachWindow));
  // The wall clock may have been stepped meanwhile: never longer than was asked.
  const absl::Duration full = std::max(
      FromTimestampProto(job.expires()) - FromTimestampProto(exit.finished()), kReattachWindow);
  entry->packed = PackJob(std::move(job));
  entry->charge = {entry->ChargedBytes(), spooled};
  quota_.ChargeUnconditionally(entry->owner->key(), entry->charge, /*running=*/false);
  jobs_.Add(entry);
  ScheduleExpiry(entry, std::min(kept, full));
}

void JobManager::OnHostReady(const JobHostInfo& info,
                             const std::vector<jobhost::JobReport>& inventory) {
  std::set<std::string> known;
  {
    DeferredCalls calls;
    MutexLock lock(&mutex_);
    // Whatever was asked over the connection before is not answered over this one.
    FailSignals("the connection to the job host was lost; whether it was sent is not known",
                &calls);
    for (const jobhost::JobReport& report : inventory) {
      known.insert(report.job_id());
      ApplyReport(report, &calls);
    }
    Reconcile(info, known, &calls);
  }
  SweepSpool(known);
}

// A journalled job that the host does not know: the same host was never asked, so the request may
// be made again; another host's job ended with that host.
void JobManager::Reconcile(const JobHostInfo& info, const std::set<std::string>& known,
                           DeferredCalls* calls) {
  std::vector<EntryPtr> missing;
  for (const auto& [sequence, entry] : jobs_.active()) {
    if (entry->active->order == nullptr && !known.contains(entry->id)) missing.push_back(entry);
  }
  for (const EntryPtr& entry : missing) {
    if (entry->active->host_life == info.life && entry->state == v1::CREATED) {
      AbandonLaunch(entry, absl::UnavailableError("the launch did not reach the job host"), calls);
    } else {
      Lose(entry, calls);
    }
  }
  // Whoever follows output must be heard again by this connection.
  for (const auto& [sequence, entry] : jobs_.active()) {
    if (entry->active->order != nullptr) continue;
    entry->active->follow_armed[0] = entry->active->follow_armed[1] = false;
    NotifyObservers(*entry, calls);
  }
}

// Files of jobs that neither the journal nor the host knows: their deletion was cut short.
void JobManager::SweepSpool(const std::set<std::string>& known) {
  const absl::StatusOr<std::vector<std::string>> found = spool_->ListJobIds();
  if (!found.ok()) return;
  for (const std::string& id : *found) {
    {
      MutexLock lock(&mutex_);
      if (jobs_.Find(id) != nullptr || known.contains(id)) continue;
    }
    spool_->Remove(id).IgnoreError();
  }
}

}  // namespace proctor
