#ifndef PROCTOR_AGENT_JOBHOST_JOB_H_
#define PROCTOR_AGENT_JOBHOST_JOB_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "agent/jobhost/kill_plan.h"
#include "agent/jobhost/life_cycle.h"
#include "agent/jobhost/linux/credential_store.h"
#include "agent/jobhost/linux/held_pam_session.h"
#include "agent/jobhost/process_tree.h"
#include "agent/jobhost/spool_stream.h"
#include "common/unique_fd.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// How long one step of a launch took.
struct StepTime {
  Step step;
  uint64_t duration_ns;
};

// The state of one job. Guarded by the mutex of the JobController that holds it, except where said.
struct Job {
  std::string id;
  Launch launch;  // argv and environment are dropped once the process runs.
  int64_t accepted_ns = 0;
  LifeCycle life;

  pid_t pid = 0;   // Ours as long as life.main_alive().
  UniqueFd pidfd;  // As long.
  UniqueFd stdin_fd;
  bool tree_watched = false;
  uint64_t start_time_ticks = 0;
  int64_t started_ns = 0;
  int64_t started_unix_ns = 0;
  uint64_t started_cpu_ns = 0;  // What the process had used by then.
  std::vector<StepTime> steps;
  absl::optional<LaunchFailure> failure;
  absl::optional<MainExit> main_exit;
  int64_t finished_unix_ns = 0;

  KillPlan kill;

  std::unique_ptr<ProcessTree> tree;  // Until it is empty.
  // As long; null: none was asked for.
  std::unique_ptr<CredentialCache> credentials;
  std::unique_ptr<HeldPamSession> pam_session;
  absl::optional<CpuTime> cpu;

  std::shared_ptr<SpoolStream> out;
  std::shared_ptr<SpoolStream> err;
  // Asked for before the launcher brought the stream.
  absl::optional<uint64_t> follow_out;
  absl::optional<uint64_t> follow_err;
  StreamResult out_result;
  StreamResult err_result;

  // Guarded by the Outbox.
  bool report_queued = false;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_JOB_H_
