#include "tests/bench/wait_benchmark.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/bare_server.h"
#include "tests/bench/child_process.h"
#include "tests/bench/pending_waits.h"
#include "tests/bench/rss_watch.h"

namespace proctor::bench {
namespace {

constexpr double kTargetBytesAboveBare = 1024;

struct WaitCost {
  double bytes_each = 0;
  absl::Duration wake_all;
};

// `count` Waits for `job` at the server `pid`.
absl::StatusOr<WaitCost> MeasureServer(const std::string& target, pid_t pid, const std::string& job,
                                       int count) {
  absl::StatusOr<int64_t> before = SettledRss(pid);
  if (!before.ok()) return before.status();
  absl::StatusOr<std::unique_ptr<PendingWaits>> waits = PendingWaits::Open(target, job, count);
  if (!waits.ok()) return waits.status();
  absl::StatusOr<int64_t> during = SettledRss(pid);
  if (!during.ok()) return during.status();
  absl::StatusOr<absl::Duration> wake = (*waits)->KillAndCollect();
  if (!wake.ok()) return wake.status();
  return WaitCost{static_cast<double>(*during - *before) / count, *wake};
}

absl::StatusOr<WaitCost> MeasureAgent(int count) {
  absl::StatusOr<std::unique_ptr<AgentProcess>> agent = AgentProcess::Start("auto");
  if (!agent.ok()) return agent.status();
  v1::LaunchRequest request;
  *request.mutable_spec() = SpecOf("/bin/sleep");
  request.mutable_spec()->add_argv("1000");
  absl::StatusOr<v1::LaunchResponse> job = (*agent)->client().Launch(request);
  if (!job.ok()) return job.status();
  return MeasureServer((*agent)->target(), (*agent)->pid(), job->job_id(), count);
}

absl::StatusOr<WaitCost> MeasureBare(int count) {
  std::string directory = "/tmp/proctor-bench-bare.XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return OsErrorStatus("mkdtemp", errno, directory);
  const std::string socket = absl::StrCat(directory, "/bare.sock");
  const std::string target = absl::StrCat("unix:", socket);
  absl::StatusOr<WaitCost> cost = [&]() -> absl::StatusOr<WaitCost> {
    absl::StatusOr<ChildProcess> server = StartBareServer(target);
    if (!server.ok()) return server.status();
    return MeasureServer(target, server->pid(), "job", count);
  }();
  ::unlink(socket.c_str());
  ::rmdir(directory.c_str());
  return cost;
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureWait(const BenchSettings& settings) {
  absl::StatusOr<WaitCost> bare = MeasureBare(settings.waits);
  if (!bare.ok()) return bare.status();
  absl::StatusOr<WaitCost> ours = MeasureAgent(settings.waits);
  if (!ours.ok()) return ours.status();
  const std::string group = absl::StrCat(settings.waits, " Waits at once");
  Figure memory;
  memory.group = group;
  memory.name = "resident bytes per Wait";
  memory.value = ours->bytes_each;
  memory.unit = "bytes";
  memory.limit = bare->bytes_each;
  memory.limit_name = "bare pending gRPC call";
  memory.target = absl::StrCat("at most ", kTargetBytesAboveBare, " above");
  memory.target_met = ours->bytes_each - bare->bytes_each <= kTargetBytesAboveBare;
  Figure wake;
  wake.group = group;
  wake.name = "Kill until all are answered";
  wake.value = absl::ToDoubleMilliseconds(ours->wake_all);
  wake.unit = "ms";
  wake.limit = absl::ToDoubleMilliseconds(bare->wake_all);
  wake.limit_name = "bare gRPC calls";
  return std::vector<Figure>{memory, wake};
}

}  // namespace proctor::bench
