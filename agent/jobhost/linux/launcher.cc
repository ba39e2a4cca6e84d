#include "agent/jobhost/linux/launcher.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/linux/process_stat.h"
#include "agent/jobhost/linux/spawn_failure.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

using VdsoClock = int (*)(clockid_t, timespec*);

VdsoClock FindVdsoClock() {
  void* const vdso = ::dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
  if (vdso == nullptr) return nullptr;
  void* symbol = ::dlsym(vdso, "__vdso_clock_gettime");
  if (symbol == nullptr) symbol = ::dlsym(vdso, "__kernel_clock_gettime");
  return reinterpret_cast<VdsoClock>(symbol);
}

// A string of the message as C wants it; a NUL inside would cut it.
absl::Status CheckStrings(const Launch& launch) {
  if (launch.executable_candidates().empty() || launch.argv().empty()) {
    return OsErrorStatus("execve", EINVAL, "empty argument list");
  }
  const auto whole = [](const std::string& text) { return text.find('\0') == std::string::npos; };
  const bool all = std::all_of(launch.argv().begin(), launch.argv().end(), whole) &&
                   std::all_of(launch.environment().begin(), launch.environment().end(), whole) &&
                   std::all_of(launch.executable_candidates().begin(),
                               launch.executable_candidates().end(), whole) &&
                   whole(launch.working_directory()) && whole(launch.standard_output().path()) &&
                   whole(launch.standard_error().path());
  return all ? absl::OkStatus() : OsErrorStatus("execve", EINVAL, "a string with a NUL inside");
}

// Whether the job's own environment has the variable already.
bool Names(const Launch& launch, absl::string_view variable) {
  return std::any_of(
      launch.environment().begin(), launch.environment().end(),
      [variable](const std::string& entry) { return absl::StartsWith(entry, variable); });
}

// O_APPEND always: both streams may be in one file, and whoever rotates it may truncate it.
int OpenFlags(Output::Mode mode) {
  switch (mode) {
    case Output::TRUNCATE:
      return O_APPEND | O_TRUNC;
    case Output::EXCLUSIVE:
      return O_APPEND | O_EXCL;
    default:
      return O_APPEND;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Launcher>> Launcher::Create(const LaunchContext& context) {
  absl::StatusOr<VforkStack> stack = VforkStack::Create();
  if (!stack.ok()) return stack.status();
  std::array<UniqueFd, 3> seats;
  for (UniqueFd& seat : seats) {
    seat.reset(::fcntl(context.null_fd, F_DUPFD_CLOEXEC, 3));
    if (!seat.valid()) return OsErrorStatus("fcntl F_DUPFD_CLOEXEC", errno);
  }
  return std::unique_ptr<Launcher>(new Launcher(context, *std::move(stack), std::move(seats)));
}

Launcher::Launcher(const LaunchContext& context, VforkStack stack, std::array<UniqueFd, 3> seats)
    : context_(context), stack_(std::move(stack)), seats_(std::move(seats)) {
  static const VdsoClock clock = FindVdsoClock();
  plan_.clock = clock;
}

absl::Status Launcher::Seat(int fd, int seat) {
  if (::dup3(fd, seats_[seat].get(), O_CLOEXEC) < 0) return OsErrorStatus("dup3", errno);
  taken_[seat] = true;
  return absl::OkStatus();
}

void Launcher::ClearSeats() {
  for (size_t i = 0; i < seats_.size(); ++i) {
    // Cannot fail: the number is taken and the source is open.
    if (taken_[i]) ::dup3(context_.null_fd, seats_[i].get(), O_CLOEXEC);
    taken_[i] = false;
  }
}

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> Launcher::SeatPipe(int seat, uid_t uid, gid_t gid) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return OsErrorStatus("pipe2", errno);
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  // The job's own, so that it may open /dev/stdout.
  if ((uid != context_.uid || gid != context_.gid) && ::fchown(writer.get(), uid, gid) != 0) {
    return OsErrorStatus("fchown", errno, "output pipe");
  }
  const absl::Status seated = Seat(writer.get(), seat);
  if (!seated.ok()) return seated;
  return std::make_pair(std::move(reader), std::move(writer));
}

absl::Status Launcher::SetStream(const Job& job, bool standard_error, SpawnPlan::Stream* stream,
                                 std::shared_ptr<SpoolStream>* spooled) {
  const Output& output =
      standard_error ? job.launch.standard_error() : job.launch.standard_output();
  *stream = SpawnPlan::Stream();
  switch (output.kind()) {
    case Output::SPOOL: {
      const int seat = standard_error ? 2 : 1;
      absl::StatusOr<std::pair<UniqueFd, UniqueFd>> pipe =
          SeatPipe(seat, job.launch.uid(), job.launch.gid());
      if (!pipe.ok()) return pipe.status();
      stream->fd = seats_[seat].get();
      *spooled = std::make_shared<SpoolStream>(context_.spool, job.id, standard_error,
                                               output.limit_bytes(), std::move(pipe->first),
                                               std::move(pipe->second));
      return absl::OkStatus();
    }
    case Output::FILE:
      stream->path = output.path().c_str();
      stream->open_flags = OpenFlags(output.mode());
      stream->allow_special = output.allow_special();
      return absl::OkStatus();
    case Output::MERGE:
      if (!standard_error) return OsErrorStatus("dup3", EINVAL, "stdout cannot be merged");
      stream->merged = true;
      return absl::OkStatus();
    default:
      stream->fd = context_.null_fd;
      return absl::OkStatus();
  }
}

absl::optional<LaunchFailure> Launcher::OpenPamSession(const Job& job, LaunchOutcome* outcome) {
  if (!job.launch.has_pam_session()) return absl::nullopt;
  absl::StatusOr<std::unique_ptr<HeldPamSession>> session = HeldPamSession::Open(
      context_.pam, stack_, job.launch.pam_session(), context_.launch_deadline);
  if (!session.ok()) return FailureFromStatus(PAM_SESSION, session.status());
  const LogonReply& result = (*session)->result();
  if (result.pam_result() == 0) {
    outcome->pam_session = *std::move(session);
    return absl::nullopt;
  }
  LaunchFailure failure;
  failure.set_step(PAM_SESSION);
  failure.set_call(result.call());
  failure.set_subject(job.launch.pam_session().service());
  failure.set_detail(result.detail());
  return failure;
}

absl::optional<LaunchFailure> Launcher::KeepCredentials(const Job& job, LaunchOutcome* outcome) {
  const Launch& launch = job.launch;
  if (launch.credential_cache().empty()) return absl::nullopt;
  absl::StatusOr<std::unique_ptr<CredentialCache>> kept =
      context_.credentials->Put(job.id, launch.credential_cache(), launch.uid(), launch.gid());
  if (!kept.ok()) return FailureFromStatus(PREPARE, kept.status());
  outcome->credentials = *std::move(kept);
  return absl::nullopt;
}

void Launcher::FillPlan(const Job& job, const LaunchOutcome& outcome) {
  const Launch& launch = job.launch;
  groups_.assign(launch.groups().begin(), launch.groups().end());
  std::sort(groups_.begin(), groups_.end());
  groups_.erase(std::unique(groups_.begin(), groups_.end()), groups_.end());
  // Without a change the host's own list is read back, which may hold duplicates.
  observed_groups_.resize(groups_.size() + 64);
  const auto pointers = [](const auto& strings, auto* out) {
    out->clear();
    for (const std::string& text : strings) out->push_back(const_cast<char*>(text.c_str()));
    out->push_back(nullptr);
  };
  pointers(launch.executable_candidates(), &executables_);
  pointers(launch.argv(), &argv_);
  pointers(launch.environment(), &environment_);
  limits_.clear();
  if (outcome.pam_session != nullptr) {
    environment_.pop_back();
    for (const std::string* variable : outcome.pam_session->Below(launch)) {
      environment_.push_back(const_cast<char*>(variable->c_str()));
    }
    environment_.push_back(nullptr);
    limits_ = outcome.pam_session->limits();
  }
  if (outcome.credentials != nullptr && !Names(launch, "KRB5CCNAME=")) {
    environment_.back() = const_cast<char*>(outcome.credentials->variable().c_str());
    environment_.push_back(nullptr);
  }
  plan_.uid = launch.uid();
  plan_.gid = launch.gid();
  plan_.groups = groups_.data();
  plan_.group_count = groups_.size();
  plan_.observed_groups = observed_groups_.data();
  plan_.observed_capacity = observed_groups_.size();
  plan_.change_identity = launch.change_identity();
  plan_.drop_all_capabilities = launch.drop_all_capabilities();
  plan_.no_new_privileges = launch.no_new_privileges();
  plan_.umask = launch.umask();
  plan_.priority = context_.priority;
  plan_.open_files = context_.open_files;
  plan_.limits = limits_.data();
  plan_.limit_count = limits_.size();
  plan_.working_directory = launch.working_directory().c_str();
  plan_.working_directory_may_be_missing = launch.working_directory_may_be_missing();
  plan_.executables = executables_.data();
  plan_.executables_from_path = launch.candidates_from_path();
  plan_.argv = argv_.data();
  plan_.environment = environment_.data();
  plan_.host_pid = context_.host_pid;
  plan_.step = CLONE;
  plan_.error = 0;
  plan_.failed = 0;
  plan_.index = 0;
  plan_.detail = SpawnDetail::kNone;
  plan_.entered_ns = 0;
  plan_.started_ns = 0;
  plan_.head_bytes = 0;
  std::fill(std::begin(plan_.finished_ns), std::end(plan_.finished_ns), 0);
}

absl::optional<LaunchFailure> Launcher::Prepare(const Job& job, Streams* streams) {
  absl::Status status = CheckStrings(job.launch);
  plan_.stdin_fd = context_.null_fd;
  if (status.ok() && job.launch.stdin_attached()) {
    status = Seat(job.stdin_fd.get(), 0);
    plan_.stdin_fd = seats_[0].get();
  }
  if (status.ok()) status = SetStream(job, false, &plan_.out, &streams->out);
  if (status.ok()) status = SetStream(job, true, &plan_.err, &streams->err);
  if (!status.ok()) return FailureFromStatus(PREPARE, status);
  const int highest = std::max({2, plan_.stdin_fd, plan_.out.fd, plan_.err.fd});
  plan_.unshare_from = static_cast<unsigned>(highest) + 1;
  return absl::nullopt;
}

std::vector<StepTime> Launcher::StepTimes(const Job& job, const Marks& marks) const {
  std::vector<std::pair<int64_t, Step>> finished = {{marks.began_ns, QUEUE},
                                                    {marks.prepared_ns, PREPARE}};
  if (marks.session_ns != 0) finished.emplace_back(marks.session_ns, PAM_SESSION);
  if (plan_.entered_ns != 0) finished.emplace_back(plan_.entered_ns, CLONE);
  for (int step = 0; step < Step_ARRAYSIZE; ++step) {
    if (plan_.finished_ns[step] != 0) {
      finished.emplace_back(plan_.finished_ns[step], static_cast<Step>(step));
    }
  }
  // The step that exec, or a failure, ended.
  finished.emplace_back(marks.back_ns, static_cast<Step>(plan_.step));
  std::stable_sort(finished.begin(), finished.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<StepTime> times;
  times.reserve(finished.size());
  int64_t before = job.accepted_ns;
  for (const auto& [at_ns, step] : finished) {
    times.push_back({step, static_cast<uint64_t>(std::max<int64_t>(0, at_ns - before))});
    before = at_ns;
  }
  return times;
}

void Launcher::Identify(LaunchOutcome* outcome) const {
  // The child may have ended and been reaped by now; then there is nothing left to identify.
  const absl::StatusOr<ProcessStat> stat = ReadProcessStat(outcome->pid);
  if (!stat.ok()) {
    if (plan_.step != EXECUTE) outcome->died_in = static_cast<Step>(plan_.step);
    return;
  }
  outcome->start_time_ticks = stat->start_time_ticks;
  // Only of a dying process: a live one clears the flag a moment after it has let us go on.
  if (stat->ending() && stat->never_called_exec()) {
    outcome->died_in = static_cast<Step>(plan_.step);
  }
}

LaunchOutcome Launcher::Run(const Job& job, LaunchSlot* slot) {
  Marks marks;
  marks.began_ns = MonotonicNs();
  LaunchOutcome outcome;
  Streams streams;
  absl::StatusOr<std::unique_ptr<ProcessTree>> tree = context_.trees->NewTree(job.id);
  if (tree.ok()) {
    outcome.failure = Prepare(job, &streams);
  } else {
    outcome.failure = FailureFromStatus(PREPARE, tree.status());
  }
  if (!outcome.failure.has_value()) outcome.failure = KeepCredentials(job, &outcome);
  if (!outcome.failure.has_value()) {
    marks.prepared_ns = MonotonicNs();
    outcome.failure = OpenPamSession(job, &outcome);
    if (outcome.pam_session != nullptr) marks.session_ns = MonotonicNs();
  }
  if (outcome.failure.has_value()) {
    ClearSeats();
    return outcome;
  }
  FillPlan(job, outcome);
  if (marks.session_ns == 0) marks.prepared_ns = MonotonicNs();
  int pidfd = -1;
  const long pid = stack_.Spawn(&plan_, &slot->child, (*tree)->cgroup_fd(), &pidfd);
  outcome.pidfd.reset(pidfd);
  marks.back_ns = MonotonicNs();
  ClearSeats();
  outcome.tree = *std::move(tree);
  outcome.steps = StepTimes(job, marks);
  if (pid < 0) {
    outcome.failure = FailureFromStatus(CLONE, OsErrorStatus("clone3", static_cast<int>(-pid)));
    return outcome;
  }
  if (plan_.failed != 0) {
    outcome.failure = DescribeSpawnFailure(plan_, job.launch);
    return outcome;
  }
  outcome.pid = static_cast<pid_t>(pid);
  outcome.started_ns = plan_.started_ns;
  outcome.started_unix_ns = plan_.started_unix_ns;
  outcome.started_cpu_ns = static_cast<uint64_t>(plan_.started_cpu_ns);
  Identify(&outcome);
  outcome.out = std::move(streams.out);
  outcome.err = std::move(streams.err);
  outcome.tree->Started(outcome.pid);
  return outcome;
}

}  // namespace proctor::jobhost
