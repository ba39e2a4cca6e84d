// proctor-logon: what PAM is asked for, one process for each logon and each session. Started by
// proctor-jobhost with a private socket as standard input and nothing else; secrets come over that
// socket only.

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <string>

#include "agent/logon/pam_service.h"
#include "common/linux/seqpacket_socket.h"
#include "common/standard_descriptors.h"
#include "common/unique_fd.h"

PROCTOR_FILL_STANDARD_DESCRIPTORS(kEmpty)

namespace {

constexpr int kUsageError = 2;

void Outlive(int) {}

// Nobody but root may look into this process, and it leaves no core.
bool ProtectProcess() { return ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0; }

// An open session is closed when the job host is done with it or has gone, not before: not by the
// signal that the job host started us to die by, nor by those that stop a systemd unit. Handlers
// rather than SIG_IGN, which what modules start would inherit.
void OutliveHost() {
  ::prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
  struct sigaction action = {};
  action.sa_handler = &Outlive;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) {
    ::sigaction(signal, &action, nullptr);
  }
}

// The socket moves out of the way of what modules start.
proctor::UniqueFd TakeSocket() {
  proctor::UniqueFd socket(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  const proctor::UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!socket.valid() || !null.valid() || ::dup2(null.get(), STDIN_FILENO) < 0 ||
      ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) {
    return proctor::UniqueFd();
  }
  return socket;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): an exception here ends the program, as it should.
int main(int argc, char** argv) {
  std::string config_directory;
  CLI::App app("Asks PAM for proctor-jobhost, which starts it. Not for use by people.");
  app.set_version_flag("--version", PROCTOR_VERSION);
  app.add_option("--pam-config", config_directory,
                 "Directory of PAM service files; default: the machine's own (/etc/pam.d)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  if (!ProtectProcess()) return 1;
  OutliveHost();
  proctor::UniqueFd socket = TakeSocket();
  if (!socket.valid()) return 1;
  const proctor::SeqpacketSocket connection(std::move(socket));
  return proctor::logon::ServePamRequest(connection, config_directory).ok() ? 0 : 1;
}
