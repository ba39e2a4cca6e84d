#ifndef PROCTOR_TESTS_BENCH_CHILD_PROCESS_H_
#define PROCTOR_TESTS_BENCH_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace proctor::bench {

// A program that the benchmark starts. Killed and reaped by the destructor.
class ChildProcess {
 public:
  // Standard input is the null device; both outputs go to the file `log`, or to the null device
  // when it is empty. `environment` is added to the benchmark's own ("NAME=value"). The child dies
  // with the benchmark.
  static absl::StatusOr<ChildProcess> Start(const std::vector<std::string>& argv,
                                            const std::string& log = "",
                                            const std::vector<std::string>& environment = {});

  ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  // The exit code, or 128 + the signal that ended it.
  absl::StatusOr<int> Wait();
  bool Running();
  // SIGTERM, and SIGKILL after `grace`.
  void Stop(absl::Duration grace);

  pid_t pid() const { return pid_; }

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;  // 0 once reaped.
};

// Starts a program, waits for it, and tells how long that took. A code other than 0 is an error.
absl::StatusOr<absl::Duration> TimeCommand(const std::vector<std::string>& argv,
                                           const std::vector<std::string>& environment = {});

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_CHILD_PROCESS_H_
