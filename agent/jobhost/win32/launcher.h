#ifndef PROCTOR_AGENT_JOBHOST_WIN32_LAUNCHER_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_LAUNCHER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/jobhost/win32/completion_port.h"
#include "agent/jobhost/win32/desktop_table.h"
#include "agent/jobhost/win32/job.h"
#include "agent/jobhost/win32/session_resources.h"

namespace proctor::jobhost {

// What every launch needs of the host; lives as long as the host.
struct LaunchContext {
  const CompletionPort* port = nullptr;
  DesktopTable* desktops = nullptr;
  std::wstring spool_dir;
  uint64_t spool_reserve_bytes = 0;  // Left free on its disk.
};

// What a launcher brings back. Destroyed with a tree in it, it ends the tree.
struct LaunchOutcome {
  absl::optional<LaunchFailure> failure;
  std::vector<StepTime> steps;
  // None without a failure: the job was not wanted any more, and its process never ran.
  UniqueHandle process;
  uint32_t pid = 0;
  uint64_t start_time_ticks = 0;
  int64_t started_ns = 0;
  int64_t started_unix_ns = 0;
  std::unique_ptr<JobObject> tree;
  SessionResources resources;
  std::shared_ptr<SpoolStream> out;
  std::shared_ptr<SpoolStream> err;
};

// Turns one Launch message into a process, on the thread that calls it.
class Launcher {
 public:
  // Asked before the process runs its first instruction; false: it is not wanted.
  using Confirm = std::function<bool()>;

  Launcher(const LaunchContext& context, const LaunchOrder& order, uint64_t key, Confirm confirm)
      : context_(context), order_(order), key_(key), confirm_(std::move(confirm)) {}

  // Once. `accepted_ns`: when the launch was asked for.
  LaunchOutcome Run(int64_t accepted_ns);

 private:
  struct Texts {
    std::wstring application;
    std::wstring command_line;
    std::wstring environment;
    std::wstring directory;
    std::wstring desktop;
  };

  absl::Status Prepare();
  absl::Status AcquireResources();
  absl::Status ReadTexts();
  absl::Status OpenStreams();
  absl::Status OpenOutput(const Output& output, bool standard_error, const UniqueHandle& file,
                          HANDLE* seat);
  // An inheritable handle to the same object, for this launch only.
  absl::StatusOr<HANDLE> Inheritable(const UniqueHandle& handle);
  absl::Status Create();
  absl::Status CreateIn(const UniqueHandle* job);
  absl::Status Verify();
  absl::Status Resume();
  void EndStep(Step step);
  void Fail(Step step, const absl::Status& status);
  void EndProcess();

  const LaunchContext& context_;
  const LaunchOrder& order_;
  const uint64_t key_;
  const Confirm confirm_;
  LaunchOutcome outcome_;
  Texts texts_;
  std::vector<UniqueHandle> inherited_;
  HANDLE seats_[3] = {};  // Of inherited_.
  UniqueHandle thread_;
  int64_t step_began_ns_ = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_LAUNCHER_H_
