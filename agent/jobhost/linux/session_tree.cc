#include "agent/jobhost/linux/session_tree.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "agent/jobhost/linux/pid_signal.h"
#include "agent/jobhost/linux/process_stat.h"
#include "agent/jobhost/linux/small_file.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

// Rounds of killing before the caller looks again: each finds what the one before missed because it
// was being forked.
constexpr int kKillRounds = 5;

// How often those that show no environment are looked at, some of which call exec(2).
constexpr int kLooks = 20;
constexpr absl::Duration kBetweenLooks = absl::Microseconds(500);
constexpr size_t kMostUnknown = 64;

enum class Belonging { kNone, kJob, kUnknown };

Belonging BelongingOf(pid_t pid, const std::string& job_id) {
  const absl::StatusOr<std::string> environment =
      ReadSmallFile(absl::StrCat("/proc/", pid, "/environ"));
  if (!environment.ok()) return Belonging::kNone;
  if (environment->empty()) return Belonging::kUnknown;
  const std::string wanted = absl::StrCat("PROCTOR_JOB_ID=", job_id);
  for (const absl::string_view entry : absl::StrSplit(*environment, '\0')) {
    if (entry == wanted) return Belonging::kJob;
  }
  return Belonging::kNone;
}

}  // namespace

absl::StatusOr<std::vector<SessionTree::Member>> SessionTree::Members() {
  const absl::StatusOr<std::unordered_map<pid_t, ProcessStat>> table = processes_->Read();
  if (!table.ok()) return table.status();
  const std::unordered_map<pid_t, ProcessStat>& processes = *table;
  const pid_t host = ::getpid();
  std::unordered_set<pid_t> inside;
  std::vector<pid_t> unknown;
  bool session_lives = false;
  for (const auto& [pid, stat] : processes) {
    if (pid == host || stat.start_time_ticks == 0) continue;
    const bool in_session = session_ != 0 && stat.session == session_;
    session_lives = session_lives || in_session;
    const Belonging belonging = in_session ? Belonging::kJob : BelongingOf(pid, job_id_);
    if (belonging == Belonging::kJob) inside.insert(pid);
    if (belonging == Belonging::kUnknown && stat.parent == host &&
        !processes_->IsBare(pid, stat.start_time_ticks)) {
      unknown.push_back(pid);
    }
  }
  // As many as honest jobs have at once.
  if (unknown.size() > kMostUnknown) unknown.resize(kMostUnknown);
  if (AwaitEnvironment(&unknown, &inside)) {
    for (const pid_t pid : unknown) processes_->AddBare(pid, processes.at(pid).start_time_ticks);
  }
  if (!session_lives) session_ = 0;
  // Children of members, and theirs.
  bool grown = !inside.empty();
  while (grown) {
    grown = false;
    for (const auto& [pid, stat] : processes) {
      if (pid != host && inside.count(stat.parent) != 0) grown = inside.insert(pid).second || grown;
    }
  }
  std::vector<Member> members;
  for (const pid_t pid : inside) members.push_back({pid, processes.at(pid).start_time_ticks});
  return members;
}

bool SessionTree::AwaitEnvironment(std::vector<pid_t>* orphans, std::unordered_set<pid_t>* inside) {
  for (int look = 0; look < kLooks && !orphans->empty(); ++look) {
    if (!processes_->MayWait()) return false;
    absl::SleepFor(kBetweenLooks);
    std::erase_if(*orphans, [&](pid_t pid) {
      const Belonging belonging = BelongingOf(pid, job_id_);
      if (belonging == Belonging::kJob) inside->insert(pid);
      return belonging != Belonging::kUnknown;
    });
  }
  return true;
}

bool SessionTree::Empty() {
  const absl::StatusOr<std::vector<Member>> members = Members();
  return members.ok() && members->empty();
}

int64_t SessionTree::Count() {
  const absl::StatusOr<std::vector<Member>> members = Members();
  return members.ok() ? static_cast<int64_t>(members->size()) : 0;
}

absl::Status SessionTree::SignalAll(int signal, pid_t except_group) {
  const absl::StatusOr<std::vector<Member>> members = Members();
  if (!members.ok()) return members.status();
  bool reached = false;
  for (const Member& member : *members) {
    if (except_group != 0 && ::getpgid(member.pid) == except_group) continue;
    const auto still_it = [this, &member](pid_t pid) {
      const absl::StatusOr<ProcessStat> stat = processes_->Stat(pid);
      return stat.ok() && stat->start_time_ticks == member.start_time_ticks;
    };
    reached = SignalChecked(member.pid, signal, still_it).ok() || reached;
  }
  return reached ? absl::OkStatus() : OsErrorStatus("pidfd_send_signal", ESRCH);
}

// A process that forks faster than /proc can be read is always gone when its turn comes. Its
// process group is not: fork(2) starts over when a signal to the group is pending, so kill(2) on
// the group misses nobody. A group lies within one session, and every session of a member but the
// host's own was made inside the job.
absl::Status SessionTree::KillGroups() {
  const absl::StatusOr<std::vector<Member>> members = Members();
  if (!members.ok()) return members.status();
  const pid_t host_session = ::getsid(0);
  std::unordered_set<pid_t> groups;
  for (const Member& member : *members) {
    const pid_t group = ::getpgid(member.pid);
    const pid_t session = ::getsid(member.pid);
    const absl::StatusOr<ProcessStat> stat = processes_->Stat(member.pid);
    const bool still_it = stat.ok() && stat->start_time_ticks == member.start_time_ticks;
    if (still_it && group > 1 && session > 1 && session != host_session) groups.insert(group);
  }
  for (const pid_t group : groups) ::kill(-group, SIGKILL);
  return absl::OkStatus();
}

absl::Status SessionTree::KillAll() {
  for (int round = 0; round < kKillRounds; ++round) {
    const absl::Status killed = KillGroups();
    if (!killed.ok()) return killed;
    if (!SignalAll(SIGKILL, 0).ok()) break;
  }
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
