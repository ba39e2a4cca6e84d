#ifndef PROCTOR_AGENT_JOBHOST_LINUX_LAUNCHER_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_LAUNCHER_H_

#include <sys/resource.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/jobhost/job.h"
#include "agent/jobhost/launch_slot.h"
#include "agent/jobhost/linux/credential_store.h"
#include "agent/jobhost/linux/held_pam_session.h"
#include "agent/jobhost/linux/spawn_plan.h"
#include "agent/jobhost/linux/vfork_stack.h"
#include "agent/jobhost/spool_stream.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// What every launch needs of the host; lives as long as the host.
struct LaunchContext {
  TreeFactory* trees = nullptr;
  CredentialStore* credentials = nullptr;
  SpoolDirectory spool;
  int null_fd = -1;        // /dev/null, read and write.
  rlimit open_files = {};  // The jobs'.
  PriorityReset priority;
  pid_t host_pid = 0;
  // The host's own.
  uid_t uid = 0;
  gid_t gid = 0;
  PamHelperProgram pam;
  absl::Duration launch_deadline;  // What opening a PAM session may take.
};

// Turns Launch messages into processes, one at a time, on one thread.
class Launcher {
 public:
  static absl::StatusOr<std::unique_ptr<Launcher>> Create(const LaunchContext& context);

  // Blocks until the child has called exec or has failed. Reads only what of the job does not
  // change while its launch is in flight. The kernel writes `slot->child`.
  LaunchOutcome Run(const Job& job, LaunchSlot* slot);

 private:
  struct Streams {
    std::shared_ptr<SpoolStream> out;
    std::shared_ptr<SpoolStream> err;
  };

  Launcher(const LaunchContext& context, VforkStack stack, std::array<UniqueFd, 3> seats);
  absl::optional<LaunchFailure> Prepare(const Job& job, Streams* streams);
  absl::Status SetStream(const Job& job, bool standard_error, SpawnPlan::Stream* stream,
                         std::shared_ptr<SpoolStream>* spooled);
  // Reading end, writing end.
  absl::StatusOr<std::pair<UniqueFd, UniqueFd>> SeatPipe(int seat, uid_t uid, gid_t gid);
  absl::Status Seat(int fd, int seat);
  void ClearSeats();
  absl::optional<LaunchFailure> KeepCredentials(const Job& job, LaunchOutcome* outcome);
  // Nothing to do for a launch without one.
  absl::optional<LaunchFailure> OpenPamSession(const Job& job, LaunchOutcome* outcome);
  // `outcome` as far as it is known: what the job gets besides what its launch says.
  void FillPlan(const Job& job, const LaunchOutcome& outcome);
  // When the steps before the child's own ended.
  struct Marks {
    int64_t began_ns = 0;
    int64_t prepared_ns = 0;
    int64_t session_ns = 0;  // 0: without.
    int64_t back_ns = 0;
  };
  std::vector<StepTime> StepTimes(const Job& job, const Marks& marks) const;
  void Identify(LaunchOutcome* outcome) const;

  const LaunchContext context_;
  const VforkStack stack_;
  // Low descriptor numbers that this launcher's children take their streams from. Between launches
  // they hold /dev/null.
  const std::array<UniqueFd, 3> seats_;
  std::array<bool, 3> taken_ = {};
  SpawnPlan plan_;
  std::vector<gid_t> groups_;
  std::vector<gid_t> observed_groups_;
  std::vector<const char*> executables_;
  std::vector<char*> argv_;
  std::vector<char*> environment_;
  std::vector<SpawnPlan::Limit> limits_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_LAUNCHER_H_
