#include "tests/bench/kill_benchmark.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/clock.h"
#include "common/os_error.h"
#include "common/unique_fd.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/cgroup_directory.h"
#include "tests/bench/load_result.h"
#include "tests/bench/raw_spawn.h"

namespace proctor::bench {
namespace {

// A shell and its sleeping children; it runs the command `ready` once all are there.
std::string TreeScript(int processes, const std::string& ready) {
  return absl::StrCat("i=1; while [ $i -lt ", processes, " ]; do sleep 1000 & i=$((i+1)); done; ",
                      ready, "; wait");
}

absl::StatusOr<absl::Duration> KillJob(AgentClient* client, int processes) {
  v1::LaunchRequest request;
  *request.mutable_spec() = SpecOf("/bin/sh");
  request.mutable_spec()->add_argv("-c");
  request.mutable_spec()->add_argv(TreeScript(processes, "echo ready"));
  absl::StatusOr<v1::LaunchResponse> job = client->Launch(request);
  if (!job.ok()) return job.status();
  v1::ReadOutputRequest read;
  read.set_job_id(job->job_id());
  read.set_stream(v1::STDOUT);
  read.set_follow(true);
  const absl::Status ready =
      client->ReadOutput(read, [](const v1::OutputChunk&) { return false; }).status();
  if (!ready.ok() && !absl::IsCancelled(ready)) return ready;
  v1::KillRequest kill;
  kill.set_job_id(job->job_id());
  kill.mutable_grace_period();
  const absl::Duration start = Clock::Real()->Monotonic();
  absl::StatusOr<v1::KillResponse> killed = client->Kill(kill);
  const absl::Duration taken = Clock::Real()->Monotonic() - start;
  if (!killed.ok()) return killed.status();
  if (!killed->exit().final())
    return absl::InternalError("Kill returned before the tree was empty");
  return taken;
}

// The same tree in a cgroup of the benchmark's own, ended by cgroup.kill.
absl::StatusOr<absl::Duration> KillCgroup(int processes) {
  absl::StatusOr<CgroupDirectory> cgroup =
      CgroupDirectory::CreateBelowOwn(absl::StrCat("proctor-bench-kill-", ::getpid()));
  if (!cgroup.ok()) return cgroup.status();
  int ready[2];
  if (::pipe(ready) != 0) return OsErrorStatus("pipe", errno);
  const UniqueFd read_end(ready[0]);
  UniqueFd write_end(ready[1]);
  const std::string command =
      TreeScript(processes, absl::StrCat("echo ready > /proc/self/fd/", ready[1]));
  char shell[] = "/bin/sh";
  char option[] = "-c";
  char* argv[] = {shell, option, const_cast<char*>(command.c_str()), nullptr};
  absl::StatusOr<RawProcess> process = RawSpawn(argv, cgroup->fd());
  if (!process.ok()) return process.status();
  write_end.reset();
  char byte = 0;
  if (::read(read_end.get(), &byte, 1) != 1) return absl::InternalError("the tree did not start");
  const absl::Duration start = Clock::Real()->Monotonic();
  absl::Status killed = cgroup->Kill();
  absl::StatusOr<bool> populated = true;
  while (killed.ok() && populated.ok() && *populated) {
    absl::SleepFor(absl::Microseconds(200));
    populated = cgroup->Populated();
  }
  const absl::Duration taken = Clock::Real()->Monotonic() - start;
  // The children of the tree have become the benchmark's own (PR_SET_CHILD_SUBREAPER).
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  killed.Update(populated.status());
  if (!killed.ok()) return killed;
  return taken;
}

Figure Milliseconds(const std::string& name, int processes, std::vector<double> rounds) {
  Figure figure;
  figure.group = absl::StrCat("end of a tree of ", processes, " processes");
  figure.name = name;
  figure.value = Median(std::move(rounds));
  figure.unit = "ms";
  return figure;
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureKill(const BenchSettings& settings) {
  absl::StatusOr<std::unique_ptr<AgentProcess>> agent = AgentProcess::Start("auto");
  if (!agent.ok()) return agent.status();
  std::vector<double> ours;
  std::vector<double> raw;
  absl::Status raw_status;
  for (int round = 0; round < settings.kills; ++round) {
    absl::StatusOr<absl::Duration> job = KillJob(&(*agent)->client(), settings.tree_processes);
    if (!job.ok()) return job.status();
    ours.push_back(absl::ToDoubleMilliseconds(*job));
    if (!raw_status.ok()) continue;
    absl::StatusOr<absl::Duration> cgroup = KillCgroup(settings.tree_processes);
    raw_status = cgroup.status();
    if (cgroup.ok()) raw.push_back(absl::ToDoubleMilliseconds(*cgroup));
  }
  Figure kill = Milliseconds("Kill without grace, until empty", settings.tree_processes, ours);
  if (!raw.empty()) {
    kill.limit = Median(raw);
    kill.limit_name = "cgroup.kill until populated 0";
  }
  return std::vector<Figure>{kill};
}

}  // namespace proctor::bench
