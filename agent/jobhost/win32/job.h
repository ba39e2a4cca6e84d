#ifndef PROCTOR_AGENT_JOBHOST_WIN32_JOB_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_JOB_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "agent/jobhost/kill_plan.h"
#include "agent/jobhost/life_cycle.h"
#include "agent/jobhost/win32/exit_watch.h"
#include "agent/jobhost/win32/job_object.h"
#include "agent/jobhost/win32/session_resources.h"
#include "agent/jobhost/win32/spool_stream.h"
#include "common/win32/unique_handle.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// How long one step of a launch took.
struct StepTime {
  Step step;
  uint64_t duration_ns;
};

// A Launch message with the handles that it names, taken out of the agent.
struct LaunchOrder {
  Launch launch;
  absl::Status taken;  // An error: some are missing, and the launch fails with it.
  UniqueHandle token;
  UniqueHandle program;
  UniqueHandle directory;
  UniqueHandle standard_input;
  UniqueHandle standard_output;
  UniqueHandle standard_error;
};

// What of a Launch is needed once the process runs.
struct JobTerms {
  uint64_t timeout_ns = 0;
  int kill_signal = 0;
  uint64_t grace_ns = 0;
  bool keep_tree = false;
  bool follow_output = false;
};

// The state of one job. Guarded by the mutex of the JobController that holds it, except where said.
struct Job {
  std::string id;
  std::string user_sid;
  uint64_t key = 0;                    // Names the job on the completion port. Never used twice.
  std::unique_ptr<LaunchOrder> order;  // While queued.
  JobTerms terms;
  int64_t accepted_ns = 0;
  int64_t launch_began_ns = 0;
  LifeCycle life;

  uint32_t pid = 0;
  UniqueHandle process;  // While it is held, the pid is given to nobody else.
  uint64_t start_time_ticks = 0;
  int64_t started_ns = 0;
  int64_t started_unix_ns = 0;
  std::vector<StepTime> steps;
  absl::optional<LaunchFailure> failure;
  absl::optional<MainExit> main_exit;
  int64_t finished_unix_ns = 0;

  KillPlan kill;
  // Notifications can be lost: the tree is looked at by then.
  int64_t look_at_ns = kNoDeadline;
  // The main process has gone: when the rest of the tree is to be ended.
  int64_t kill_rest_at_ns = kNoDeadline;

  std::unique_ptr<JobObject> tree;  // Until it is empty.
  SessionResources resources;       // As long as the tree.
  std::unique_ptr<ExitWatch> exit_watch;
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

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_JOB_H_
