#include "tests/agent/jobhost/win32/host_process.h"

#include <atomic>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/command_line.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"
#include "tests/agent/jobhost/win32/program.h"

namespace proctor::jobhost {
namespace {

constexpr DWORD kStartMs = 60 * 1000;
constexpr absl::Duration kStopTime = absl::Seconds(30);

uint64_t Value(const UniqueHandle& handle) { return reinterpret_cast<uintptr_t>(handle.get()); }

UniqueHandle InheritableEvent() {
  SECURITY_ATTRIBUTES attributes = {sizeof(attributes), nullptr, TRUE};
  return UniqueHandle(::CreateEventW(&attributes, TRUE, FALSE, nullptr));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HostProcess>> HostProcess::Start(
    const std::vector<std::string>& flags) {
  static std::atomic<int> counter = 0;
  const std::string name =
      absl::StrCat("proctor-jobhost-test-", ::GetCurrentProcessId(), "-", ++counter);
  std::unique_ptr<HostProcess> host(new HostProcess);
  host->pipe_ = absl::StrCat("\\\\.\\pipe\\", name);
  std::error_code error;
  const std::filesystem::path directory = std::filesystem::temp_directory_path(error) / name;
  std::filesystem::create_directories(directory, error);
  if (error) return absl::InternalError("no temporary directory");
  host->spool_dir_ = FromUtf16(directory.native());
  if (absl::Status spawned = host->Spawn(flags); !spawned.ok()) return spawned;
  return host;
}

absl::Status HostProcess::Spawn(const std::vector<std::string>& flags) {
  const UniqueHandle ready = InheritableEvent();
  stop_ = InheritableEvent();
  std::vector<std::string> arguments = {
      ProgramPath("proctor-jobhost.exe"),          absl::StrCat("--pipe=", pipe_),
      absl::StrCat("--spool-dir=", spool_dir_),    absl::StrCat("--ready-event=", Value(ready)),
      absl::StrCat("--stop-event=", Value(stop_)), "--log-level=warning"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const absl::StatusOr<std::string> joined = BuildCommandLine(arguments);
  if (!joined.ok()) return joined.status();
  absl::StatusOr<std::wstring> command_line = ToUtf16(*joined);
  if (!command_line.ok()) return command_line.status();
  STARTUPINFOW startup = {};
  startup.cb = sizeof(startup);
  PROCESS_INFORMATION information = {};
  if (!::CreateProcessW(nullptr, command_line->data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr,
                        &startup, &information)) {
    return LastErrorStatus("CreateProcessW", arguments[0]);
  }
  const UniqueHandle thread(information.hThread);
  process_ = UniqueHandle(information.hProcess);
  pid_ = information.dwProcessId;
  const HANDLE events[] = {ready.get(), process_.get()};
  if (::WaitForMultipleObjects(2, events, FALSE, kStartMs) != WAIT_OBJECT_0) {
    return absl::InternalError("the host did not start");
  }
  // Not for those that the test starts later.
  ::SetHandleInformation(stop_.get(), HANDLE_FLAG_INHERIT, 0);
  return absl::OkStatus();
}

HostProcess::~HostProcess() {
  if (process_.valid()) {
    AskToStop();
    if (!WaitForExit(kStopTime).has_value()) Terminate();
  }
  std::error_code ignored;
  const absl::StatusOr<std::wstring> directory = ToUtf16(spool_dir_);
  if (directory.ok()) std::filesystem::remove_all(*directory, ignored);
}

void HostProcess::AskToStop() const { ::SetEvent(stop_.get()); }

void HostProcess::Terminate() const {
  ::TerminateProcess(process_.get(), 9);
  ::WaitForSingleObject(process_.get(), INFINITE);
}

absl::optional<uint32_t> HostProcess::WaitForExit(absl::Duration timeout) const {
  const auto wait_ms = static_cast<DWORD>(absl::ToInt64Milliseconds(timeout));
  if (::WaitForSingleObject(process_.get(), wait_ms) != WAIT_OBJECT_0) return absl::nullopt;
  DWORD code = 0;
  if (!::GetExitCodeProcess(process_.get(), &code)) return absl::nullopt;
  return code;
}

}  // namespace proctor::jobhost
