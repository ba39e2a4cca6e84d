#ifndef PROCTOR_TESTS_BENCH_SSH_SERVER_H_
#define PROCTOR_TESTS_BENCH_SSH_SERVER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/child_process.h"

namespace proctor::bench {

// An sshd of the benchmark's own on a loopback port, with keys made for it, and a standing
// connection to it (ControlMaster). Nothing of the machine's ssh configuration is read or changed.
class SshServer {
 public:
  // `environment`: more of sshd's, for its keytab.
  static absl::StatusOr<std::unique_ptr<SshServer>> Start(
      std::vector<std::string> environment = {});

  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;
  ~SshServer();

  // Runs `command` over the standing connection.
  std::vector<std::string> Command(const std::string& command) const;
  // Over a connection of its own, as root, known by whatever ticket the caller has.
  std::vector<std::string> KerberosCommand(const std::string& command) const;

 private:
  SshServer(std::string directory, std::vector<std::string> environment)
      : directory_(std::move(directory)), environment_(std::move(environment)) {}

  absl::Status MakeKeys() const;
  absl::Status StartDaemon();
  absl::Status StartMaster();
  // The client with what all its commands want; without a place to go.
  std::vector<std::string> Client() const;
  std::vector<std::string> ClientCommand(const std::vector<std::string>& options) const;

  const std::string directory_;
  const std::vector<std::string> environment_;
  int port_ = 0;
  bool made_run_directory_ = false;
  std::vector<ChildProcess> processes_;
};

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_SSH_SERVER_H_
