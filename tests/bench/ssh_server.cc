#include "tests/bench/ssh_server.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/clock.h"
#include "common/os_error.h"
#include "tests/bench/free_port.h"

namespace proctor::bench {
namespace {

constexpr char kSshd[] = "/usr/sbin/sshd";
constexpr char kSsh[] = "/usr/bin/ssh";
constexpr char kKeygen[] = "/usr/bin/ssh-keygen";
constexpr char kRunDirectory[] = "/run/sshd";  // sshd does not start without it.

// SHLVL keeps the login shell from reading the user's .bashrc, which it would do for ssh only.
constexpr char kConfig[] = R"(
ListenAddress 127.0.0.1:%2$d
HostKey %1$s/host_key
AuthorizedKeysFile %1$s/user_key.pub
GSSAPIAuthentication yes
GSSAPIStrictAcceptorCheck no
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PidFile none
LogLevel ERROR
SetEnv SHLVL=1
)";

}  // namespace

absl::StatusOr<std::unique_ptr<SshServer>> SshServer::Start(std::vector<std::string> environment) {
  for (const char* program : {kSshd, kSsh, kKeygen}) {
    if (::access(program, X_OK) != 0) return OsErrorStatus("access", errno, program);
  }
  std::string pattern = "/tmp/proctor-bench-ssh.XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) return OsErrorStatus("mkdtemp", errno, pattern);
  std::unique_ptr<SshServer> server(new SshServer(pattern, std::move(environment)));
  for (const absl::Status& step :
       {server->MakeKeys(), server->StartDaemon(), server->StartMaster()}) {
    if (!step.ok()) return step;
  }
  return server;
}

SshServer::~SshServer() {
  // The client first: sshd's children of the connection end with it.
  while (!processes_.empty()) {
    processes_.back().Stop(absl::Seconds(5));
    processes_.pop_back();
  }
  if (made_run_directory_) ::rmdir(kRunDirectory);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

absl::Status SshServer::MakeKeys() const {
  for (const char* name : {"host_key", "user_key"}) {
    const absl::Status made = TimeCommand({kKeygen, "-q", "-t", "ed25519", "-N", "", "-f",
                                           absl::StrCat(directory_, "/", name)})
                                  .status();
    if (!made.ok()) return made;
  }
  return absl::OkStatus();
}

absl::Status SshServer::StartDaemon() {
  absl::StatusOr<int> port = FreePort();
  if (!port.ok()) return port.status();
  port_ = *port;
  const std::string config = absl::StrCat(directory_, "/sshd_config");
  std::ofstream(config) << absl::StrFormat(kConfig, directory_, port_);
  if (::geteuid() == 0 && ::mkdir(kRunDirectory, 0755) == 0) made_run_directory_ = true;
  absl::StatusOr<ChildProcess> daemon = ChildProcess::Start(
      {kSshd, "-D", "-e", "-f", config}, absl::StrCat(directory_, "/sshd.log"), environment_);
  if (!daemon.ok()) return daemon.status();
  processes_.push_back(*std::move(daemon));
  return absl::OkStatus();
}

absl::Status SshServer::StartMaster() {
  const absl::Duration deadline = Clock::Real()->Monotonic() + absl::Seconds(10);
  const std::string log = absl::StrCat(directory_, "/ssh.log");
  while (Clock::Real()->Monotonic() < deadline) {
    if (!processes_.front().Running()) return absl::UnavailableError("sshd ended at once");
    absl::StatusOr<ChildProcess> master = ChildProcess::Start(ClientCommand({"-M", "-N"}), log);
    if (!master.ok()) return master.status();
    // Until the master listens, or ends because sshd does not listen yet.
    while (master->Running() && Clock::Real()->Monotonic() < deadline) {
      if (TimeCommand(ClientCommand({"-O", "check"})).ok()) {
        processes_.push_back(*std::move(master));
        return absl::OkStatus();
      }
      absl::SleepFor(absl::Milliseconds(20));
    }
  }
  return absl::UnavailableError("no login over ssh on the loopback interface");
}

std::vector<std::string> SshServer::Client() const {
  return {kSsh,
          "-F",
          "none",
          "-p",
          absl::StrCat(port_),
          "-o",
          absl::StrCat("UserKnownHostsFile=", directory_, "/known_hosts"),
          "-o",
          "StrictHostKeyChecking=no",
          "-o",
          "BatchMode=yes",
          "-o",
          "LogLevel=ERROR"};
}

std::vector<std::string> SshServer::ClientCommand(const std::vector<std::string>& options) const {
  std::vector<std::string> command = Client();
  const std::vector<std::string> own = {"-S", absl::StrCat(directory_, "/master"), "-i",
                                        absl::StrCat(directory_, "/user_key")};
  command.insert(command.end(), own.begin(), own.end());
  command.insert(command.end(), options.begin(), options.end());
  command.push_back("127.0.0.1");
  return command;
}

std::vector<std::string> SshServer::Command(const std::string& command) const {
  std::vector<std::string> full = ClientCommand({});
  full.push_back(command);
  return full;
}

std::vector<std::string> SshServer::KerberosCommand(const std::string& command) const {
  std::vector<std::string> full = Client();
  const std::vector<std::string> own = {"-o",
                                        "GSSAPIAuthentication=yes",
                                        "-o",
                                        "PreferredAuthentications=gssapi-with-mic",
                                        "root@localhost",
                                        command};
  full.insert(full.end(), own.begin(), own.end());
  return full;
}

}  // namespace proctor::bench
