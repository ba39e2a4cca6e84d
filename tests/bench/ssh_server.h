#ifndef PROCTOR_TESTS_BENCH_SSH_SERVER_H_
#define PROCTOR_TESTS_BENCH_SSH_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/child_process.h"

namespace proctor::bench {

// An sshd of the benchmark's own on a loopback port, with keys made for it, and a standing
// connection to it (ControlMaster). Nothing of the machine's ssh configuration is read or changed.
class SshServer {
 public:
  static absl::StatusOr<std::unique_ptr<SshServer>> Start();

  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;
  ~SshServer();

  // Runs `command` over the standing connection.
  std::vector<std::string> Command(const std::string& command) const;

 private:
  explicit SshServer(std::string directory) : directory_(std::move(directory)) {}

  absl::Status MakeKeys() const;
  absl::Status StartDaemon();
  absl::Status StartMaster();
  std::vector<std::string> ClientCommand(const std::vector<std::string>& options) const;

  const std::string directory_;
  int port_ = 0;
  bool made_run_directory_ = false;
  std::vector<ChildProcess> processes_;
};

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_SSH_SERVER_H_
