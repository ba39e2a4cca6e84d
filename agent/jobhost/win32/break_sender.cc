#include "agent/jobhost/win32/break_sender.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "agent/jobhost/win32/launch_attributes.h"
#include "agent/jobhost/win32/window_objects.h"
#include "common/log.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor::jobhost {
namespace {

// A command line has an end; whoever comes later in a tree is terminated with it.
constexpr size_t kMaxPids = 500;
// A console host that does not answer keeps the short-lived process no longer than that.
constexpr DWORD kPatienceMs = 5000;

// "EVENT,CLOSE,JOB,PID,PID…;DESKTOP", with the inherited handle of the job object.
std::string ToText(const BreakSender::Request& request, const UniqueHandle& job) {
  const size_t count = std::min(request.pids.size(), kMaxPids);
  const std::vector<uint32_t> pids(request.pids.begin(), request.pids.begin() + count);
  return absl::StrCat(request.event, ",", request.close_windows ? 1 : 0, ",",
                      reinterpret_cast<uintptr_t>(job.get()), ",", absl::StrJoin(pids, ","), ";",
                      request.desktop);
}

BOOL WINAPI IgnoreEvent(DWORD) { return TRUE; }

DWORD WINAPI EndAfterPatience(void*) {
  ::Sleep(kPatienceMs);
  // Not ExitProcess, which waits for locks that the thread in the console's call may hold.
  ::TerminateProcess(::GetCurrentProcess(), 1);
  return 1;
}

// A process of the job, and the handle that keeps its id from becoming another's.
struct Member {
  uint32_t pid;
  UniqueHandle process;
};

std::vector<Member> MembersOf(const UniqueHandle& job, const std::vector<uint32_t>& pids) {
  std::vector<Member> members;
  for (const uint32_t pid : pids) {
    // For Windows PROCESS_QUERY_LIMITED_INFORMATION would do, for Wine it would not.
    UniqueHandle process(::OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, pid));
    BOOL inside = FALSE;
    if (!process.valid() || !::IsProcessInJob(process.get(), job.get(), &inside) || !inside) {
      continue;
    }
    members.push_back({pid, std::move(process)});
  }
  return members;
}

// To everybody in the console, whatever their process groups: Ctrl-C can be sent in no other way
// (GenerateConsoleCtrlEvent, Microsoft Learn). A console that cannot send Ctrl-Break, as Wine's,
// sends Ctrl-C.
bool SendConsoleEvent(DWORD event, const std::vector<Member>& members) {
  constexpr DWORD kWholeConsole = 0;
  ::FreeConsole();
  for (const Member& member : members) {
    if (!::AttachConsole(member.pid)) continue;
    ::SetConsoleCtrlHandler(nullptr, TRUE);
    ::SetConsoleCtrlHandler(&IgnoreEvent, TRUE);
    const bool sent = ::GenerateConsoleCtrlEvent(event, kWholeConsole) ||
                      ::GenerateConsoleCtrlEvent(CTRL_C_EVENT, kWholeConsole);
    ::FreeConsole();
    return sent;
  }
  return false;
}

BOOL CALLBACK CloseIfOneOf(HWND window, LPARAM members) {
  DWORD pid = 0;
  ::GetWindowThreadProcessId(window, &pid);
  for (const Member& member : *reinterpret_cast<const std::vector<Member>*>(members)) {
    if (member.pid == pid) ::PostMessageW(window, WM_CLOSE, 0, 0);
  }
  return TRUE;
}

void CloseWindows(const std::vector<Member>& members, absl::string_view desktop) {
  HDESK opened = nullptr;
  const std::vector<std::string> names = absl::StrSplit(desktop, '\\');
  if (names.size() == 2) {
    const absl::StatusOr<std::wstring> station = ToUtf16(names[0]);
    const absl::StatusOr<std::wstring> name = ToUtf16(names[1]);
    if (!station.ok() || !name.ok()) return;
    const HWINSTA there = ::OpenWindowStationW(station->c_str(), FALSE, WINSTA_ENUMDESKTOPS);
    if (there == nullptr || !::SetProcessWindowStation(there)) return;
    opened = ::OpenDesktopW(name->c_str(), 0, FALSE, DESKTOP_READOBJECTS | DESKTOP_WRITEOBJECTS);
    // PostMessage wants the sender on the window's desktop.
    if (opened == nullptr || !::SetThreadDesktop(opened)) return;
  }
  ::EnumDesktopWindows(opened, &CloseIfOneOf, reinterpret_cast<LPARAM>(&members));
}

absl::StatusOr<std::wstring> OwnProgram() {
  std::wstring path(32768, L'\0');
  const DWORD length = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  if (length == 0 || length == path.size()) return LastErrorStatus("GetModuleFileNameW");
  path.resize(length);
  return path;
}

}  // namespace

BreakSender::BreakSender() : desktop_(OwnDesktopName().value_or("")), thread_([this] { Run(); }) {}

BreakSender::~BreakSender() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  thread_.join();
}

void BreakSender::Send(Request request) {
  MutexLock lock(&mutex_);
  requests_.push_back(std::move(request));
  wake_.NotifyAll();
}

void BreakSender::Run() {
  while (true) {
    Request request;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && requests_.empty()) wake_.Wait(&mutex_);
      if (stopping_) return;
      request = std::move(requests_.front());
      requests_.pop_front();
    }
    const absl::Status started = StartProcess(request);
    // The grace period runs all the same, and at its end the tree is terminated.
    if (!started.ok()) LogWarning("cannot ask a job to end: ", started.ToString());
  }
}

absl::Status BreakSender::StartProcess(const Request& request) const {
  const absl::StatusOr<std::wstring> program = OwnProgram();
  if (!program.ok()) return program.status();
  UniqueHandle inherited;
  const HANDLE self = ::GetCurrentProcess();
  if (!::DuplicateHandle(self, request.job.get(), self, inherited.receive(), JOB_OBJECT_QUERY, TRUE,
                         0)) {
    return LastErrorStatus("DuplicateHandle");
  }
  const absl::StatusOr<std::wstring> text = ToUtf16(ToText(request, inherited));
  if (!text.ok()) return text.status();
  absl::StatusOr<std::wstring> desktop = ToUtf16(desktop_);
  if (!desktop.ok()) return desktop.status();
  LaunchAttributes attributes;
  if (absl::Status set = attributes.Set({inherited.get()}, nullptr); !set.ok()) return set;
  STARTUPINFOEXW startup = {};
  startup.StartupInfo.cb = sizeof(startup);
  // Named: without one it is that of the host's window station, which is another for a moment while
  // a private desktop is made.
  if (!desktop->empty()) startup.StartupInfo.lpDesktop = desktop->data();
  startup.lpAttributeList = attributes.get();
  std::wstring command_line = L"\"" + *program + L"\" \"--deliver-break=" + *text + L"\"";
  PROCESS_INFORMATION information = {};
  if (!::CreateProcessW(program->c_str(), command_line.data(), nullptr, nullptr, TRUE,
                        DETACHED_PROCESS | EXTENDED_STARTUPINFO_PRESENT, nullptr, nullptr,
                        &startup.StartupInfo, &information)) {
    return LastErrorStatus("CreateProcessW");
  }
  const UniqueHandle thread(information.hThread);
  const UniqueHandle process(information.hProcess);
  return absl::OkStatus();
}

int BreakSender::Deliver(absl::string_view text) {
  const UniqueHandle watchdog(::CreateThread(nullptr, 0, &EndAfterPatience, nullptr, 0, nullptr));
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(text, absl::MaxSplits(';', 1));
  std::vector<uint64_t> numbers;
  for (const absl::string_view part : absl::StrSplit(halves.first, ',')) {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(part, &number)) return 2;
    numbers.push_back(number);
  }
  if (numbers.size() < 4) return 2;
  const UniqueHandle job(reinterpret_cast<HANDLE>(static_cast<uintptr_t>(numbers[2])));
  const std::vector<Member> members = MembersOf(job, {numbers.begin() + 3, numbers.end()});
  const bool sent = SendConsoleEvent(static_cast<DWORD>(numbers[0]), members);
  if (numbers[1] != 0) CloseWindows(members, halves.second);
  return sent ? 0 : 1;
}

}  // namespace proctor::jobhost
