#ifndef PROCTOR_AGENT_JOB_JOB_MANAGER_H_
#define PROCTOR_AGENT_JOB_JOB_MANAGER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/job/absent_job_host.h"
#include "agent/job/deferred_calls.h"
#include "agent/job/event_ring.h"
#include "agent/job/expiry_queue.h"
#include "agent/job/fair_worker.h"
#include "agent/job/job_access.h"
#include "agent/job/job_audit.h"
#include "agent/job/job_caller.h"
#include "agent/job/job_entry.h"
#include "agent/job/job_host.h"
#include "agent/job/job_index.h"
#include "agent/job/job_listing.h"
#include "agent/job/job_state.h"
#include "agent/job/job_subscription.h"
#include "agent/job/job_update.h"
#include "agent/job/journal.h"
#include "agent/job/security_table.h"
#include "agent/job/spec_identity.h"
#include "agent/job/spool_reader.h"
#include "agent/job/user_quota.h"
#include "agent/token/principal.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/timer_queue.h"

namespace proctor {

// The records of all jobs, and the state machine that moves them:
//
//   CREATED -> RUNNING -> DRAINING -> FINISHED, LOST
//
// An intent is journalled before it goes to the job host; an exit is journalled before the host is
// told that it may forget the job. The host's reports are complete and applied idempotently, so a
// repeated or a skipped one changes nothing. Every public method is thread-safe and none blocks on
// the host, the journal or a caller; callbacks run without a lock, on the thread that caused them.
class JobManager final : public JobHostListener {
 public:
  struct Options {
    UserLimits limits;
    LaunchDefaults defaults;
    size_t event_ring_size = 16384;
    std::string agent_life;  // Random, one a start of the agent.
    std::string digest_key;  // Journal::DigestKey().
  };
  // Called once per finished launch and exit for the log, without a lock.
  using AuditLog = std::function<void(const JobAudit&)>;

  // All must outlive the manager. SetHost must be called before the first launch.
  JobManager(Options options, std::unique_ptr<const JobAccess> access, const Clock* clock,
             Journal* journal, SpoolReader* spool, AuditLog audit);
  ~JobManager() override;

  // Null: there is no host, or no more; by then nobody may be launching.
  void SetHost(JobHost* host);
  // Takes over what the journal holds; returns how many records that is. Before SetHost.
  absl::StatusOr<uint64_t> Recover();

  // Starts a job for its owner (LaunchOrder::security), or finds the one that exists under the
  // order's request id. With `observer` it returns the owner's hold on the job, in place from
  // before the process exists and whether or not `done` has been called: the caller counts as
  // present while it holds it. Null without an observer, and when the launch was refused.
  std::shared_ptr<JobSubscription> Launch(LaunchOrder order, LaunchKind kind,
                                          std::shared_ptr<JobObserver> observer, LaunchDone done);
  // Of a launch without request id and observer the caller never got the answer: nobody knows the
  // job. It ends by its on_caller_gone as if it had been started by Run, and nobody were attached.
  void AnswerLost(const std::string& job_id);

  // NOT_FOUND, in the same words, for a job that does not exist and for one that `caller` has no
  // `right` to; so do all below.
  absl::StatusOr<std::shared_ptr<JobSubscription>> Subscribe(const JobCaller& caller,
                                                             const std::string& job_id,
                                                             v1::JobRight right,
                                                             std::shared_ptr<JobObserver> observer,
                                                             bool attach);
  absl::StatusOr<v1::Job> GetJob(const JobCaller& caller, const std::string& job_id);
  // Works the listing off, a piece at a time, on a thread for all of them that is fair to their
  // callers.
  void ListJobs(const std::shared_ptr<JobListing>& listing);

  // Starts the end of the tree and returns; wait for it with a subscription.
  absl::Status Kill(const JobCaller& caller, const std::string& job_id,
                    absl::optional<absl::Duration> grace, int signal);
  void Signal(const JobCaller& caller, const std::string& job_id, int signal,
              v1::SignalRequest::Target target, std::function<void(absl::Status)> done);
  // Answers once the deletion stands in the journal; one that cannot be journalled is not made.
  void DeleteJob(const JobCaller& caller, const std::string& job_id,
                 std::function<void(absl::Status)> done);
  // Answers with the job as it is once the change stands in the journal; a change that cannot be
  // journalled is not made.
  void UpdateJob(const JobCaller& caller, JobUpdate update, UpdateDone done);

  // Events after a sequence number, filtered for `caller`; see WatchJobsRequest. `*position` moves
  // on.
  absl::StatusOr<std::vector<EventRing::EventPtr>> EventsAfter(const JobCaller& caller,
                                                               const JobFilter& filter,
                                                               uint64_t* position);
  uint64_t LastEvent() const;
  // Where watchers, and the readers of output, do what follows from a change, for which they may
  // wait: what they observe does not wait for them, however many somebody has.
  FairWorker* watch_thread() { return &watches_; }
  FairWorker* output_thread() { return &outputs_; }
  // Told of every event until removed.
  void AddWatcher(const std::shared_ptr<JobObserver>& watcher);
  void RemoveWatcher(const JobObserver* watcher);

  // No new launches from now on; everything else goes on.
  void Drain();
  // Every call that waits for a job is to end, since the agent does; the jobs stay, and no caller
  // counts as gone from now on: it may come back to the next agent.
  void EndCalls();
  // The policy is another one: whoever has lost a right by it is not answered any more.
  void PolicyChanged();
  bool ending_calls() const;
  bool draining() const;
  const std::string& agent_life() const { return options_.agent_life; }
  // Null while the host is away.
  std::shared_ptr<const JobHostInfo> host_info() const;
  struct Counts {
    uint64_t running = 0;
    uint64_t records = 0;
  };
  Counts CountJobs() const;
  // Subscriptions and watchers that have not ended.
  size_t CountObservers() const;
  // What a user holds of its bounds.
  UserUsage UsageOf(const Principal& user) const;
  const JobAccess& access() const { return *access_; }
  SpoolReader* spool() const { return spool_; }
  // For tests that move an injected clock.
  void PokeTimers() { timers_.Poke(); }

  // JobHostListener
  void OnHostReady(const JobHostInfo& info,
                   const std::vector<jobhost::JobReport>& inventory) override;
  void OnJobReport(const jobhost::JobReport& report) override;
  void OnOutputProgress(const jobhost::OutputProgress& progress) override;
  void OnSignalReply(const jobhost::SignalReply& reply) override;
  void OnHostLost(const std::string& life) override;

 private:
  friend class JobSubscription;
  using EntryPtr = std::shared_ptr<JobEntry>;

  // job_manager_launch.cc
  // What of a launch goes into its record.
  struct NewRecord {
    v1::Job job;             // Without its large strings.
    std::string serialised;  // The same.
    LargeStrings strings;
    std::string secret_digest;
    std::string program;
    uint64_t handed_bytes = 0;  // ActiveJob::handed_bytes
  };
  NewRecord MakeRecord(const LaunchOrder& order) const;
  static bool SameLaunch(const NewRecord& record, const JobSnapshot& existing,
                         const std::string& secret_digest);
  // Null when the order repeats none.
  EntryPtr FindRepeated(const LaunchOrder& order) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `same`: the order asks for what `entry` was launched with.
  std::shared_ptr<JobSubscription> AnswerRepeatedLaunch(const EntryPtr& entry, bool same,
                                                        std::shared_ptr<JobObserver> observer,
                                                        LaunchDone done, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<JobSubscription> StartLaunch(LaunchOrder order, NewRecord record,
                                               absl::StatusOr<JobHost::SendLaunch> send,
                                               std::shared_ptr<JobObserver> observer,
                                               LaunchDone done, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The host that the launch is for.
  absl::StatusOr<std::shared_ptr<const JobHostInfo>> Admit(const LaunchOrder& order,
                                                           const RecordCharge& charge)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnIntentJournalled(const EntryPtr& entry, const absl::Status& status);
  absl::Status SendOrder(JobEntry* entry, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AbandonLaunch(const EntryPtr& entry, const absl::Status& status, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  using LaunchAnswer = absl::StatusOr<std::shared_ptr<const v1::LaunchResponse>>;
  void AnswerLaunch(JobEntry* entry, const LaunchAnswer& answer, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::shared_ptr<JobSubscription> Attach(const EntryPtr& entry,
                                          std::shared_ptr<JobObserver> observer,
                                          absl::optional<JobViewer> viewer, bool attach)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // job_manager.cc: the state machine
  void ApplyReport(const jobhost::JobReport& report, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReportForUnknownJob(const jobhost::JobReport& report) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Move(JobEntry* entry, JobEvent event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Started(JobEntry* entry, const jobhost::JobReport& report, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(const EntryPtr& entry, const absl::Status& launch_failure, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Lose(const EntryPtr& entry, DeferredCalls* calls) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `job` as it is, serialised.
  void JournalFinal(const EntryPtr& entry, std::string job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnFinalJournalled(const EntryPtr& entry, const absl::Status& status);
  void RetryFinal(const EntryPtr& entry);
  // Keeps the ended job's record for so long from now on, in place of what was said before.
  void ScheduleExpiry(const EntryPtr& entry, absl::Duration retention)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ArmExpiry() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ExpireSome();
  void Remove(const EntryPtr& entry, DeferredCalls* calls) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Remove, of a record that the journal does not hold any more.
  void Forget(const EntryPtr& entry, DeferredCalls* calls) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What the journal holds of it, but for the job itself.
  JournalEntry RecordOf(const JobEntry& entry) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void NotifyObservers(const JobEntry& entry, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Emit(const JobEntry& entry, v1::WatchJobsResponse::Kind kind, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CallerGone(const std::weak_ptr<JobEntry>& entry);
  void ArmCallerGone(const EntryPtr& entry, absl::Duration after)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SendKill(JobEntry* entry, int signal, absl::Duration grace)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // job_manager_recovery.cc
  void RecoverEntry(const JournalEntry& saved) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RecoverFinished(const EntryPtr& entry, int64_t expires_unix_ns, v1::Job job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of those that wait for the host: nobody will answer them any more. `why` is a literal.
  void FailSignals(const char* why, DeferredCalls* calls) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Reconcile(const JobHostInfo& info, const std::set<std::string>& known, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SweepSpool(const std::set<std::string>& known);

  // job_manager_query.cc
  absl::StatusOr<EntryPtr> Find(const JobCaller& caller, const std::string& job_id,
                                v1::JobRight right) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool ListPiece(JobListing* listing);

  // job_manager_update.cc
  void QueueUpdate(const EntryPtr& entry, PendingUpdate update, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartUpdate(const EntryPtr& entry, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<v1::Job> PrepareUpdate(const JobEntry& entry, PendingUpdate* pending) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnUpdateJournalled(const EntryPtr& entry, const absl::Status& status);
  void OnDeletionJournalled(const EntryPtr& entry, const absl::Status& status);
  void MakeUpdate(const EntryPtr& entry, const PendingUpdate& pending)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // After a change of the record.
  void Recharge(JobEntry* entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndUpdate(const EntryPtr& entry, absl::StatusOr<JobSnapshot> result, DeferredCalls* calls)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // For JobSubscription.
  void Unsubscribe(JobSubscription* subscription);
  absl::StatusOr<JobView> ViewOf(const JobEntry& entry, const JobViewer* viewer) const;
  bool Follow(const EntryPtr& entry, bool standard_error, uint64_t offset);

  const Options options_;
  const std::unique_ptr<const JobAccess> access_;
  const Clock* const clock_;
  Journal* const journal_;
  SpoolReader* const spool_;
  const AuditLog audit_;

  mutable Mutex mutex_;
  AbsentJobHost absent_host_;
  JobHost* host_ ABSL_GUARDED_BY(mutex_) = &absent_host_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_calls_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 1;
  size_t subscriptions_ ABSL_GUARDED_BY(mutex_) = 0;
  JobIndex jobs_ ABSL_GUARDED_BY(mutex_);
  SecurityTable securities_ ABSL_GUARDED_BY(mutex_);
  ExpiryQueue expiries_ ABSL_GUARDED_BY(mutex_);
  TimerQueue::Id expiry_timer_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration expiry_timer_due_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
  bool expiring_ ABSL_GUARDED_BY(mutex_) = false;  // The journal is at the records before the next.
  UserQuota quota_ ABSL_GUARDED_BY(mutex_);
  EventRing events_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<const JobObserver*, std::shared_ptr<JobObserver>> watchers_
      ABSL_GUARDED_BY(mutex_);
  uint64_t next_signal_ ABSL_GUARDED_BY(mutex_) = 1;
  absl::flat_hash_map<uint64_t, std::function<void(absl::Status)>> signals_ ABSL_GUARDED_BY(mutex_);

  // Last: their threads end before anything they could call goes away.
  TimerQueue timers_;
  FairWorker listings_{FairWorker::Pace::kHalfOfTheTime};
  FairWorker watches_{FairWorker::Pace::kHalfOfTheTime};
  FairWorker outputs_{FairWorker::Pace::kAtOnce};
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_MANAGER_H_
