#include "agent/jobhost/win32/launcher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/spool_name.h"
#include "agent/jobhost/win32/child_pipe.h"
#include "agent/jobhost/win32/environment_block.h"
#include "agent/jobhost/win32/launch_attributes.h"
#include "common/os_error.h"
#include "common/win32/last_error.h"
#include "common/win32/thread_privileges.h"
#include "common/win32/token_identity.h"
#include "common/win32/utf16.h"

namespace proctor::jobhost {
namespace {

constexpr UINT kRefusedExitCode = ERROR_PROCESS_ABORTED;

// What CreateProcessAsUser with another user's token asks for.
constexpr const wchar_t* kLaunchPrivileges[] = {L"SeAssignPrimaryTokenPrivilege",
                                                L"SeIncreaseQuotaPrivilege"};

absl::StatusOr<UniqueHandle> OpenNull(DWORD access) {
  UniqueHandle null(::CreateFileW(L"NUL", access, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                  OPEN_EXISTING, 0, nullptr));
  if (!null.valid()) return LastErrorStatus("CreateFileW", "NUL");
  return null;
}

// Only the interactive desktop may be in another.
bool InOwnSession(const WindowsLaunch& windows) {
  DWORD own = 0;
  return windows.desktop_kind() != WindowsLaunch::INTERACTIVE_DESKTOP ||
         !::ProcessIdToSessionId(::GetCurrentProcessId(), &own) || own == windows.session_id();
}

uint64_t CreationTicks(const UniqueHandle& process) {
  FILETIME created, exited, kernel, user;
  if (!::GetProcessTimes(process.get(), &created, &exited, &kernel, &user)) return 0;
  return static_cast<uint64_t>(created.dwHighDateTime) << 32 | created.dwLowDateTime;
}

}  // namespace

LaunchOutcome Launcher::Run(int64_t accepted_ns) {
  step_began_ns_ = accepted_ns;
  EndStep(QUEUE);
  struct Part {
    Step step;
    absl::Status (Launcher::*run)();
  };
  constexpr Part kParts[] = {{PREPARE, &Launcher::Prepare},
                             {CREATE_PROCESS, &Launcher::Create},
                             {VERIFY_PROCESS, &Launcher::Verify},
                             {RESUME, &Launcher::Resume}};
  for (const Part& part : kParts) {
    const absl::Status done = (this->*part.run)();
    EndStep(part.step);
    if (done.ok()) continue;
    EndProcess();
    if (!absl::IsCancelled(done)) Fail(part.step, done);
    break;
  }
  return std::move(outcome_);
}

void Launcher::EndStep(Step step) {
  const int64_t now_ns = MonotonicNs();
  outcome_.steps.push_back({step, static_cast<uint64_t>(now_ns - step_began_ns_)});
  step_began_ns_ = now_ns;
}

void Launcher::Fail(Step step, const absl::Status& status) {
  LaunchFailure& failure = outcome_.failure.emplace();
  failure.set_step(step);
  const absl::optional<OsError> error = GetOsError(status);
  if (!error.has_value()) {
    failure.set_detail(std::string(status.message()));
    return;
  }
  failure.set_call(error->call);
  failure.set_error(error->code);
  failure.set_subject(error->subject);
}

// A suspended process has run nothing; it must not be left behind either.
void Launcher::EndProcess() {
  if (outcome_.process.valid()) {
    ::TerminateProcess(outcome_.process.get(), kRefusedExitCode);
    outcome_.process.reset();
  }
  outcome_.tree = nullptr;
  outcome_.resources = {};
  outcome_.out = nullptr;
  outcome_.err = nullptr;
}

absl::Status Launcher::Prepare() {
  if (!order_.taken.ok()) return order_.taken;
  if (!order_.token.valid()) return absl::InvalidArgumentError("a launch without a token");
  if (absl::Status acquired = AcquireResources(); !acquired.ok()) return acquired;
  if (absl::Status read = ReadTexts(); !read.ok()) return read;
  absl::StatusOr<std::unique_ptr<JobObject>> tree = JobObject::Create(*context_.port, key_);
  if (!tree.ok()) return tree.status();
  outcome_.tree = *std::move(tree);
  return OpenStreams();
}

absl::Status Launcher::AcquireResources() {
  const WindowsLaunch& windows = order_.launch.windows();
  absl::StatusOr<std::shared_ptr<const DesktopLease>> desktop = context_.desktops->Acquire(windows);
  if (!desktop.ok()) return desktop.status();
  outcome_.resources.desktop = *std::move(desktop);
  if (windows.profile_user().empty()) return absl::OkStatus();
  absl::StatusOr<UserProfile> profile =
      UserProfile::Load(order_.token.get(), windows.profile_user());
  if (!profile.ok()) return profile.status();
  outcome_.resources.profile = *std::move(profile);
  return absl::OkStatus();
}

absl::Status Launcher::ReadTexts() {
  const WindowsLaunch& windows = order_.launch.windows();
  const std::pair<absl::string_view, std::wstring*> texts[] = {
      {windows.application(), &texts_.application},
      {windows.command_line(), &texts_.command_line},
      {order_.launch.working_directory(), &texts_.directory},
      {outcome_.resources.desktop->name(), &texts_.desktop}};
  for (const auto& [text, wide] : texts) {
    absl::StatusOr<std::wstring> converted = ToUtf16(text);
    if (!converted.ok()) return converted.status();
    *wide = *std::move(converted);
    if (wide->find(L'\0') != std::wstring::npos) {
      return absl::InvalidArgumentError("a launch with a NUL in a text");
    }
  }
  // Without an application the command line would be searched for one.
  if (texts_.application.empty()) return absl::InvalidArgumentError("no application");
  absl::StatusOr<std::wstring> block = BuildEnvironmentBlock(order_.launch.environment());
  if (!block.ok()) return block.status();
  texts_.environment = *std::move(block);
  return absl::OkStatus();
}

absl::StatusOr<HANDLE> Launcher::Inheritable(const UniqueHandle& handle) {
  UniqueHandle duplicate;
  const HANDLE self = ::GetCurrentProcess();
  if (!::DuplicateHandle(self, handle.get(), self, duplicate.receive(), 0, TRUE,
                         DUPLICATE_SAME_ACCESS)) {
    return LastErrorStatus("DuplicateHandle");
  }
  inherited_.push_back(std::move(duplicate));
  return inherited_.back().get();
}

absl::Status Launcher::OpenStreams() {
  UniqueHandle null;
  if (!order_.standard_input.valid()) {
    absl::StatusOr<UniqueHandle> opened = OpenNull(GENERIC_READ);
    if (!opened.ok()) return opened.status();
    null = *std::move(opened);
  }
  const absl::StatusOr<HANDLE> input = Inheritable(null.valid() ? null : order_.standard_input);
  if (!input.ok()) return input.status();
  seats_[0] = *input;
  const Launch& launch = order_.launch;
  absl::Status opened =
      OpenOutput(launch.standard_output(), false, order_.standard_output, &seats_[1]);
  if (!opened.ok()) return opened;
  return OpenOutput(launch.standard_error(), true, order_.standard_error, &seats_[2]);
}

absl::Status Launcher::OpenOutput(const Output& output, bool standard_error,
                                  const UniqueHandle& file, HANDLE* seat) {
  UniqueHandle own;
  if (output.kind() == Output::MERGE && standard_error) {
    *seat = seats_[1];
    return absl::OkStatus();
  }
  if (output.kind() == Output::FILE) {
    if (!file.valid()) return absl::InvalidArgumentError("no handle of the output's file");
  } else if (output.kind() == Output::SPOOL) {
    absl::StatusOr<ChildPipe> pipe = ChildPipe::Create();
    if (!pipe.ok()) return pipe.status();
    own = std::move(pipe->writer);
    const std::string& id = order_.launch.job_id();
    const absl::StatusOr<std::wstring> name = ToUtf16(SpoolName(id, standard_error));
    (standard_error ? outcome_.err : outcome_.out) = std::make_shared<SpoolStream>(
        SpoolPlace{context_.spool_dir, *name, context_.spool_reserve_bytes}, id, standard_error,
        output.limit_bytes(), std::move(pipe->reader));
  } else {
    absl::StatusOr<UniqueHandle> null = OpenNull(GENERIC_WRITE);
    if (!null.ok()) return null.status();
    own = *std::move(null);
  }
  const absl::StatusOr<HANDLE> inheritable = Inheritable(own.valid() ? own : file);
  if (!inheritable.ok()) return inheritable.status();
  *seat = *inheritable;
  return absl::OkStatus();
}

absl::Status Launcher::Create() {
  absl::Status created = CreateIn(&outcome_.tree->handle());
  const absl::optional<OsError> error = GetOsError(created);
  // Some executables and systems do not take a job list; then the process is put into the job
  // below, before it runs.
  if (error.has_value() &&
      (error->code == ERROR_NOT_SUPPORTED || error->code == ERROR_INVALID_PARAMETER)) {
    created = CreateIn(nullptr);
  }
  inherited_.clear();
  if (!created.ok()) return created;
  const absl::StatusOr<bool> inside = outcome_.tree->Contains(outcome_.process);
  if (!inside.ok()) return inside.status();
  return *inside ? absl::OkStatus() : outcome_.tree->Assign(outcome_.process);
}

absl::Status Launcher::CreateIn(const UniqueHandle* job) {
  std::vector<HANDLE> handles(std::begin(seats_), std::end(seats_));
  std::sort(handles.begin(), handles.end());
  // A handle named twice is refused.
  handles.erase(std::unique(handles.begin(), handles.end()), handles.end());
  // Windows inherits no handle into another session (CreateProcessAsUserW, Microsoft Learn); the
  // agent has seen to it that the job wants none.
  const bool inherit = InOwnSession(order_.launch.windows());
  if (!inherit) handles.clear();
  LaunchAttributes attributes;
  if (absl::Status set = attributes.Set(std::move(handles), job); !set.ok()) return set;
  STARTUPINFOEXW startup = {};
  startup.StartupInfo.cb = sizeof(startup);
  if (inherit) {
    startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    startup.StartupInfo.hStdInput = seats_[0];
    startup.StartupInfo.hStdOutput = seats_[1];
    startup.StartupInfo.hStdError = seats_[2];
  }
  startup.StartupInfo.lpDesktop = texts_.desktop.data();
  startup.lpAttributeList = attributes.get();
  // A console of its own and without a window: Ctrl-C needs a console, and one that several jobs
  // shared would let them signal and read each other. No process group of its own: that would
  // disable Ctrl-C for all of the tree (SetConsoleCtrlHandler, Microsoft Learn).
  constexpr DWORD kFlags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | CREATE_NO_WINDOW |
                           EXTENDED_STARTUPINFO_PRESENT;
  std::wstring command_line = texts_.command_line;  // The call may write into it.
  PROCESS_INFORMATION information = {};
  const ThreadPrivileges privileges(kLaunchPrivileges);
  if (!::CreateProcessAsUserW(order_.token.get(), texts_.application.c_str(),
                              command_line.empty() ? nullptr : command_line.data(), nullptr,
                              nullptr, inherit, kFlags, texts_.environment.data(),
                              texts_.directory.empty() ? nullptr : texts_.directory.c_str(),
                              &startup.StartupInfo, &information)) {
    return LastErrorStatus("CreateProcessAsUserW", order_.launch.windows().application());
  }
  outcome_.process = UniqueHandle(information.hProcess);
  thread_ = UniqueHandle(information.hThread);
  outcome_.pid = information.dwProcessId;
  return absl::OkStatus();
}

absl::Status Launcher::Verify() {
  const absl::StatusOr<bool> inside = outcome_.tree->Contains(outcome_.process);
  if (!inside.ok()) return inside.status();
  if (!*inside) return absl::InternalError("the process is not in its job object");
  const absl::StatusOr<TokenIdentity> identity = ReadProcessIdentity(outcome_.process);
  if (!identity.ok()) return identity.status();
  const WindowsLaunch& wanted = order_.launch.windows();
  if (wanted.user_sid().empty() || identity->user_sid != wanted.user_sid()) {
    return absl::PermissionDeniedError(
        absl::StrCat("the process runs as ", identity->user_sid, ", not as ", wanted.user_sid()));
  }
  if (!wanted.logon_session().empty() && identity->logon_session != wanted.logon_session()) {
    return absl::PermissionDeniedError(absl::StrCat("the process is of logon session ",
                                                    identity->logon_session, ", not of ",
                                                    wanted.logon_session()));
  }
  // Lower it may be: that of a program's file counts as well.
  if (wanted.has_integrity() && identity->integrity > wanted.integrity()) {
    return absl::PermissionDeniedError(absl::StrCat("the process is of integrity 0x",
                                                    absl::Hex(identity->integrity), ", not of 0x",
                                                    absl::Hex(wanted.integrity())));
  }
  return absl::OkStatus();
}

absl::Status Launcher::Resume() {
  if (!confirm_()) return absl::CancelledError();
  outcome_.start_time_ticks = CreationTicks(outcome_.process);
  outcome_.started_ns = MonotonicNs();
  outcome_.started_unix_ns = UnixNs();
  if (::ResumeThread(thread_.get()) == static_cast<DWORD>(-1)) {
    return LastErrorStatus("ResumeThread");
  }
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
