#include "agent/jobhost/job_host.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/jobhost/agent_link.h"
#include "agent/jobhost/job_controller.h"
#include "agent/jobhost/launcher_pool.h"
#include "agent/jobhost/linux/capabilities.h"
#include "agent/jobhost/linux/containment.h"
#include "agent/jobhost/linux/credential_store.h"
#include "agent/jobhost/linux/host_priority.h"
#include "agent/jobhost/linux/host_process.h"
#include "agent/jobhost/linux/logon_desk.h"
#include "agent/jobhost/linux/small_file.h"
#include "agent/jobhost/outbox.h"
#include "agent/jobhost/spool_files.h"
#include "agent/jobhost/spooler.h"
#include "agent/jobhost/supervisor.h"
#include "common/linux/heap_trimmer.h"
#include "common/linux/seqpacket_socket.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/os_error.h"
#include "common/posix/file_identity.h"
#include "common/posix/open_files.h"
#include "common/posix/socket_lock.h"
#include "common/utf8.h"

namespace proctor::jobhost {
namespace {

constexpr int kSpoolThreads = 2;

absl::StatusOr<std::string> RandomLife() {
  char bytes[16];
  if (::getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
    return OsErrorStatus("getrandom", errno);
  }
  return absl::BytesToHexString(absl::string_view(bytes, sizeof(bytes)));
}

absl::StatusOr<HelloReply> DescribeHost(const TreeFactory& trees) {
  absl::StatusOr<std::string> life = RandomLife();
  if (!life.ok()) return life.status();
  absl::StatusOr<std::string> boot = ReadSmallFile("/proc/sys/kernel/random/boot_id");
  if (!boot.ok()) return boot.status();
  HelloReply about;
  about.set_protocol_version(AgentLink::kProtocolVersion);
  about.set_host_life(*life);
  about.set_boot_id(std::string(absl::StripSuffix(*boot, "\n")));
  about.set_pid(::getpid());
  about.set_containment(trees.containment());
  about.set_containment_note(EscapeInvalidUtf8(trees.note()));
  about.set_cgroup_root(trees.cgroup_root());
  return about;
}

std::string ProgramBeside(const std::string& name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? name : (self.parent_path() / name).string();
}

bool SameFile(const std::string& path, int fd) {
  struct stat named;
  struct stat open;
  return ::stat(path.c_str(), &named) == 0 && ::fstat(fd, &open) == 0 &&
         named.st_dev == open.st_dev && named.st_ino == open.st_ino;
}

void TellReady(int ready_fd) {
  const absl::Status notified = NotifySystemd("READY=1");
  if (!notified.ok()) LogWarning("cannot notify systemd: ", notified.ToString());
  if (ready_fd < 0) return;
  const UniqueFd ready(ready_fd);
  const char byte = '\n';
  if (::write(ready.get(), &byte, 1) != 1) LogWarning("nobody reads --ready-fd");
}

// The parts, in the order of their construction; the destructor stops them in reverse.
class JobHost {
 public:
  JobHost(const HostOptions& options, const PriorityReset& priority) : options_(options) {
    context_.priority = priority;
  }
  ~JobHost() { Stop(); }

  // Everything that may need privileges the host then gives up.
  absl::Status Acquire();
  absl::Status StartThreads();
  absl::Status Run();

 private:
  void Stop();
  absl::Status OpenListener();
  // Makes the socket anew when its file was removed or replaced.
  absl::Status RenewListener();
  absl::Status StartLogonDesk();

  const HostOptions options_;
  LaunchContext context_;
  UniqueFd null_;
  UniqueFd socket_lock_;
  FileIdentity socket_file_;
  UniqueFd listener_;
  std::unique_ptr<HeapTrimmer> heap_trimmer_;
  std::unique_ptr<SpoolFiles> spool_;
  std::unique_ptr<TreeFactory> trees_;
  CredentialStore credentials_;
  std::unique_ptr<Supervisor> supervisor_;
  std::unique_ptr<JobController> controller_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Spooler> spooler_;
  std::unique_ptr<LauncherPool> pool_;
  std::unique_ptr<LogonDesk> logons_;
  std::unique_ptr<AgentLink> link_;
};

absl::Status JobHost::OpenListener() {
  if (options_.socket_path.empty()) {
    absl::StatusOr<UniqueFd> passed = SocketFromSystemd();
    if (!passed.ok()) return passed.status();
    listener_ = *std::move(passed);
    return absl::OkStatus();
  }
  absl::StatusOr<UniqueFd> lock = LockSocketPath(options_.socket_path);
  if (!lock.ok()) return lock.status();
  socket_lock_ = *std::move(lock);
  absl::StatusOr<UniqueFd> listener = SeqpacketSocket::Listen(options_.socket_path);
  if (!listener.ok()) return listener.status();
  listener_ = *std::move(listener);
  socket_file_ = FileIdentity::Of(options_.socket_path);
  return absl::OkStatus();
}

absl::Status JobHost::RenewListener() {
  const std::string& path = options_.socket_path;
  if (path.empty() || FileIdentity::Of(path) == socket_file_) return absl::OkStatus();
  absl::StatusOr<UniqueFd> lock = LockSocketPath(path);
  if (lock.ok()) {
    socket_lock_ = *std::move(lock);  // Its file had gone too.
  } else if (!SameFile(path + ".lock", socket_lock_.get())) {
    return lock.status();  // Another host serves the path.
  }
  absl::StatusOr<UniqueFd> listener = SeqpacketSocket::Listen(path);
  if (!listener.ok()) return listener.status();
  socket_file_ = FileIdentity::Of(path);
  supervisor_->Unwatch(link_->listener_fd());
  link_->SetListener(*std::move(listener));
  LogInfo("the socket was made anew at ", path);
  return supervisor_->WatchListener(link_->listener_fd());
}

absl::Status JobHost::Acquire() {
  null_.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null_.valid()) return OsErrorStatus("open", errno, "/dev/null");
  absl::StatusOr<rlimit> limit = RaiseOpenFiles();
  if (!limit.ok()) return limit.status();
  if (options_.open_files.has_value()) {
    limit->rlim_cur = std::min<rlim_t>(*options_.open_files, limit->rlim_max);
  }
  const absl::Status listening = OpenListener();
  if (!listening.ok()) return listening;
  absl::StatusOr<SpoolFiles> spool =
      SpoolFiles::Open(options_.spool_dir, options_.spool_reserve_bytes);
  if (!spool.ok()) return spool.status();
  spool_ = std::make_unique<SpoolFiles>(*std::move(spool));
  absl::StatusOr<std::unique_ptr<TreeFactory>> trees = ChooseContainment(options_);
  if (!trees.ok()) return trees.status();
  trees_ = *std::move(trees);
  credentials_.SweepLeftovers();
  context_.trees = trees_.get();
  context_.credentials = &credentials_;
  context_.spool = spool_->directory();
  context_.null_fd = null_.get();
  context_.open_files = *limit;
  context_.host_pid = ::getpid();
  context_.uid = ::geteuid();
  context_.gid = ::getegid();
  context_.launch_deadline = options_.launch_deadline;
  context_.pam.path =
      options_.logon_program.empty() ? ProgramBeside("proctor-logon") : options_.logon_program;
  context_.pam.config_directory = options_.pam_config;
  context_.pam.null_fd = null_.get();
  context_.pam.open_files = *limit;
  context_.pam.host_pid = context_.host_pid;
  return absl::OkStatus();
}

absl::Status JobHost::StartThreads() {
  CapabilityUse use;
  use.read_environments = trees_->containment() == SESSION_AND_SUBREAPER;
  use.remove_cgroups = trees_->removal_needs_privilege();
  use.raise_priority = NeedsPrivilege(context_.priority);
  absl::StatusOr<std::vector<std::string>> missing = ReduceCapabilities(use);
  if (!missing.ok()) return missing.status();
  absl::StatusOr<HelloReply> about = DescribeHost(*trees_);
  if (!about.ok()) return about.status();
  *about->mutable_missing_capabilities() = {missing->begin(), missing->end()};
  StartLog();
  heap_trimmer_ = std::make_unique<HeapTrimmer>();

  absl::StatusOr<std::unique_ptr<Supervisor>> supervisor =
      Supervisor::Create({options_.launch_deadline, options_.exit_when_idle});
  if (!supervisor.ok()) return supervisor.status();
  supervisor_ = *std::move(supervisor);
  JobController::Hooks hooks;
  hooks.enqueue_launch = [this](const std::shared_ptr<Job>& job) {
    supervisor_->LaunchQueued();
    pool_->Enqueue(job);
  };
  hooks.set_timer = [this](int64_t deadline_ns) { supervisor_->SetTimer(deadline_ns); };
  hooks.watch_main = [this](int pidfd, pid_t pid) { supervisor_->WatchMain(pidfd, pid); };
  hooks.watch_tree = [this](int fd) { supervisor_->WatchTree(fd); };
  hooks.unwatch_tree = [this](int fd) { supervisor_->Unwatch(fd); };
  controller_ = std::make_unique<JobController>(trees_->containment(), std::move(hooks));
  outbox_ = std::make_unique<Outbox>(
      [this](const Job& job) { return controller_->Report(job); },
      [this](const SeqpacketSocket& socket) { supervisor_->WatchWritable(socket); });
  absl::StatusOr<std::unique_ptr<Spooler>> spooler =
      Spooler::Start(kSpoolThreads, [this](OutputProgress progress) {
        ToAgent message;
        *message.mutable_output_progress() = std::move(progress);
        outbox_->Add(std::move(message));
        outbox_->Flush();
      });
  if (!spooler.ok()) return spooler.status();
  spooler_ = *std::move(spooler);
  controller_->Connect(outbox_.get(), spooler_.get());
  pool_ = std::make_unique<LauncherPool>(context_, controller_.get(), outbox_.get());
  const absl::Status started = pool_->Start();
  if (!started.ok()) return started;
  if (const absl::Status attending = StartLogonDesk(); !attending.ok()) return attending;
  link_ = std::make_unique<AgentLink>(std::move(listener_), *std::move(about), controller_.get(),
                                      logons_.get(), outbox_.get(),
                                      [this](int fd) { return supervisor_->WatchReadable(fd); });
  return absl::OkStatus();
}

absl::Status JobHost::StartLogonDesk() {
  LogonDesk::Options options;
  options.program = context_.pam;
  logons_ = std::make_unique<LogonDesk>(std::move(options), [this](LogonReply reply) {
    ToAgent message;
    *message.mutable_logon_reply() = std::move(reply);
    outbox_->Add(std::move(message));
    outbox_->Flush();
  });
  return logons_->Start();
}

absl::Status JobHost::Run() {
  supervisor_->OnHangup([this] {
    if (absl::Status renewed = RenewListener(); !renewed.ok()) {
      LogError("the socket cannot be made anew: ", renewed.ToString());
    }
  });
  TellReady(options_.ready_fd);
  return supervisor_->Run(controller_.get(), pool_.get(), link_.get(), outbox_.get());
}

void JobHost::Stop() {
  // A launcher that hangs in the kernel cannot be joined, and a tree that does not die cannot be
  // waited for: the process ends all the same, which is what kills the rest.
  const bool clean = controller_ == nullptr || controller_->unfinished_count() == 0;
  if (trees_ != nullptr) {
    if (trees_->removal_needs_privilege()) RaisePermitted().IgnoreError();
    trees_->RemoveAll();
  }
  if (socket_lock_.valid() && FileIdentity::Of(options_.socket_path) == socket_file_) {
    ::unlink(options_.socket_path.c_str());
  }
  if (!clean) {
    credentials_.RemoveAll();
    LogError(controller_->unfinished_count(), " jobs do not end");
    EndLog();
    ::_exit(1);
  }
  logons_ = nullptr;
  if (pool_ != nullptr) pool_->Stop();
  if (spooler_ != nullptr) spooler_->Stop();
}

}  // namespace

absl::Status RunJobHost(const HostOptions& options) {
  absl::Status status = OwnSignals();
  if (!status.ok()) return status;
  const absl::StatusOr<PriorityReset> priority = ProtectFromOomKiller();
  if (!priority.ok()) return priority.status();
  if (status = ProtectProcess(); !status.ok()) return status;
  JobHost host(options, *priority);
  status = host.Acquire();
  if (status.ok()) status = host.StartThreads();
  if (!status.ok()) return status;
  return host.Run();
}

}  // namespace proctor::jobhost
