#include "agent/jobhost/win32/job_host.h"

#include <windows.h>

#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "agent/jobhost/win32/agent_link.h"
#include "agent/jobhost/win32/boot_id.h"
#include "agent/jobhost/win32/completion_port.h"
#include "agent/jobhost/win32/desktop_grants.h"
#include "agent/jobhost/win32/desktop_table.h"
#include "agent/jobhost/win32/exit_watch.h"
#include "agent/jobhost/win32/job_controller.h"
#include "agent/jobhost/win32/launcher_pool.h"
#include "agent/jobhost/win32/outbox.h"
#include "agent/jobhost/win32/random_name.h"
#include "agent/jobhost/win32/resource_releaser.h"
#include "agent/jobhost/win32/spooler.h"
#include "agent/jobhost/win32/stop_events.h"
#include "agent/jobhost/win32/supervisor.h"
#include "common/disk_space.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor::jobhost {
namespace {

constexpr int kSpoolThreads = 2;
constexpr absl::Duration kLauncherPatience = absl::Seconds(2);
// A roaming profile is written to its server.
constexpr absl::Duration kReleasePatience = absl::Seconds(30);
// Beside the spool files, in the directory that is the agent's alone.
constexpr wchar_t kGrantsFile[] = L"\\desktop-grants";

absl::StatusOr<HelloReply> DescribeHost() {
  absl::StatusOr<std::string> life = RandomName();
  if (!life.ok()) return life.status();
  absl::StatusOr<std::string> boot = BootId();
  if (!boot.ok()) return boot.status();
  HelloReply about;
  about.set_protocol_version(AgentLink::kProtocolVersion);
  about.set_host_life(*std::move(life));
  about.set_boot_id(*std::move(boot));
  about.set_pid(::GetCurrentProcessId());
  about.set_containment(JOB_OBJECT);
  return about;
}

absl::StatusOr<std::wstring> CheckedDirectory(const std::string& path) {
  absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  const DWORD attributes = ::GetFileAttributesW(wide->c_str());
  if (attributes == INVALID_FILE_ATTRIBUTES) return LastErrorStatus("GetFileAttributesW", path);
  if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
    return OsErrorStatus("GetFileAttributesW", ERROR_DIRECTORY, path);
  }
  return wide;
}

UniqueHandle Inherited(uint64_t value) {
  UniqueHandle handle(reinterpret_cast<HANDLE>(static_cast<uintptr_t>(value)));
  if (handle.valid()) ::SetHandleInformation(handle.get(), HANDLE_FLAG_INHERIT, 0);
  return handle;
}

// A launcher that hangs in the system cannot be joined, and a tree that does not die cannot be
// waited for: the process ends all the same, which closes the job objects.
void EndProcess(UINT exit_code) {
  EndLog();
  ::TerminateProcess(::GetCurrentProcess(), exit_code);
}

// The parts, in the order of their construction; the destructor stops them in reverse.
class JobHost {
 public:
  explicit JobHost(const HostOptions& options)
      : options_(options),
        ready_(Inherited(options.ready_event)),
        stop_(Inherited(options.stop_event)) {}
  ~JobHost() { Stop(); }

  absl::Status Start();
  void Run();

 private:
  void Connect();
  void Stop();

  const HostOptions options_;
  const UniqueHandle ready_;
  const UniqueHandle stop_;
  std::unique_ptr<CompletionPort> port_;
  std::unique_ptr<DesktopGrants> grants_;
  std::unique_ptr<DesktopTable> desktops_;
  std::unique_ptr<ResourceReleaser> releaser_;
  std::unique_ptr<Supervisor> supervisor_;
  std::unique_ptr<StopEvents> stop_events_;
  std::unique_ptr<ExitWatch> stop_watch_;
  std::unique_ptr<JobController> controller_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Spooler> spooler_;
  std::unique_ptr<LauncherPool> pool_;
  std::unique_ptr<AgentLink> link_;
};

absl::Status JobHost::Start() {
  absl::StatusOr<std::wstring> spool_dir = CheckedDirectory(options_.spool_dir);
  if (!spool_dir.ok()) return spool_dir.status();
  absl::optional<uint64_t> spool_reserve = options_.spool_reserve_bytes;
  if (!spool_reserve.has_value()) {
    const absl::StatusOr<DiskSpace> disk = DiskSpaceOf(options_.spool_dir);
    if (!disk.ok()) return disk.status();
    spool_reserve = DefaultDiskReserve(disk->total);
  }
  absl::StatusOr<HelloReply> about = DescribeHost();
  if (!about.ok()) return about.status();
  absl::StatusOr<std::unique_ptr<PipeListener>> listener = PipeListener::Create(options_.pipe);
  if (!listener.ok()) return listener.status();
  absl::StatusOr<CompletionPort> port = CompletionPort::Create();
  if (!port.ok()) return port.status();
  port_ = std::make_unique<CompletionPort>(*std::move(port));
  supervisor_ = std::make_unique<Supervisor>(
      Supervisor::Timing{options_.launch_deadline, options_.exit_when_idle}, port_.get());
  Connect();
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
  grants_ = std::make_unique<DesktopGrants>(*spool_dir + kGrantsFile, about->boot_id());
  absl::StatusOr<std::unique_ptr<DesktopTable>> desktops = DesktopTable::Open(grants_.get());
  if (!desktops.ok()) return desktops.status();
  desktops_ = *std::move(desktops);
  pool_ = std::make_unique<LauncherPool>(
      LaunchContext{port_.get(), desktops_.get(), *std::move(spool_dir), *spool_reserve},
      controller_.get(), outbox_.get());
  pool_->Start();
  link_ = std::make_unique<AgentLink>(*std::move(listener), *std::move(about), controller_.get(),
                                      outbox_.get(), [this] { supervisor_->Wake(); });
  stop_events_ = std::make_unique<StopEvents>([this] { supervisor_->Stop(); });
  if (!stop_.valid()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<ExitWatch>> watch =
      ExitWatch::Start(stop_, *port_, Supervisor::kStopKey, 0);
  if (watch.ok()) stop_watch_ = *std::move(watch);
  return watch.status();
}

void JobHost::Connect() {
  releaser_ = std::make_unique<ResourceReleaser>();
  JobController::Hooks hooks;
  hooks.enqueue_launch = [this](const std::shared_ptr<Job>& job) {
    supervisor_->LaunchQueued();
    pool_->Enqueue(job);
  };
  hooks.set_timer = [this](int64_t deadline_ns) { supervisor_->SetTimer(deadline_ns); };
  hooks.release = [this](SessionResources resources) { releaser_->Release(std::move(resources)); };
  controller_ = std::make_unique<JobController>(port_.get(), std::move(hooks));
  outbox_ = std::make_unique<Outbox>([this](const Job& job) { return controller_->Report(job); });
}

void JobHost::Run() {
  link_->Start();
  if (ready_.valid()) ::SetEvent(ready_.get());
  supervisor_->Run(controller_.get(), pool_.get(), link_.get(), outbox_.get());
}

void JobHost::Stop() {
  if (controller_ != nullptr && controller_->unfinished_count() > 0) {
    LogError(controller_->unfinished_count(), " jobs do not end");
    EndProcess(1);
  }
  stop_watch_ = nullptr;
  link_ = nullptr;
  if (pool_ != nullptr && !pool_->Stop(kLauncherPatience)) EndProcess(0);
  spooler_ = nullptr;
  if (releaser_ != nullptr && !releaser_->Stop(kReleasePatience)) EndProcess(0);
}

}  // namespace

absl::Status RunJobHost(const HostOptions& options) {
  // A missing DLL or drive is an error code, not a dialog box that nobody sees. Children inherit
  // it.
  ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
  // Children inherit also whether Ctrl-C reaches them, which whoever started the host may have
  // disabled.
  ::SetConsoleCtrlHandler(nullptr, FALSE);
  JobHost host(options);
  absl::Status started = host.Start();
  if (!started.ok()) return started;
  host.Run();
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
