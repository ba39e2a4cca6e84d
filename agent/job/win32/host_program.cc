#include "agent/job/win32/host_program.h"

#include <windows.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/command_line.h"
#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// The attribute list of one process creation: exactly these handles are inherited.
class InheritedHandles {
 public:
  explicit InheritedHandles(std::vector<HANDLE> handles) : handles_(std::move(handles)) {
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    memory_.resize(size);
    valid_ =
        ::InitializeProcThreadAttributeList(list(), 1, 0, &size) &&
        ::UpdateProcThreadAttribute(list(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, handles_.data(),
                                    handles_.size() * sizeof(HANDLE), nullptr, nullptr);
  }
  ~InheritedHandles() { ::DeleteProcThreadAttributeList(list()); }
  InheritedHandles(const InheritedHandles&) = delete;
  InheritedHandles& operator=(const InheritedHandles&) = delete;

  bool valid() const { return valid_; }
  LPPROC_THREAD_ATTRIBUTE_LIST list() {
    return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
  }

 private:
  std::vector<HANDLE> handles_;
  std::vector<unsigned char> memory_;
  bool valid_ = false;
};

UniqueHandle Inheritable(HANDLE handle) {
  UniqueHandle copy;
  ::DuplicateHandle(::GetCurrentProcess(), handle, ::GetCurrentProcess(), copy.receive(), 0, TRUE,
                    DUPLICATE_SAME_ACCESS);
  return copy;
}

}  // namespace

absl::Status HostProgram::Start(absl::Duration timeout) const {
  SECURITY_ATTRIBUTES inherit = {sizeof(inherit), nullptr, TRUE};
  const UniqueHandle ready(::CreateEventW(&inherit, TRUE, FALSE, nullptr));
  if (!ready.valid()) return LastErrorStatus("CreateEventW");
  const UniqueHandle log = Inheritable(::GetStdHandle(STD_ERROR_HANDLE));
  std::vector<HANDLE> handles = {ready.get()};
  if (log.valid()) handles.push_back(log.get());
  InheritedHandles inherited(handles);
  if (!inherited.valid()) return LastErrorStatus("UpdateProcThreadAttribute");
  std::vector<std::string> words = arguments;
  words.insert(words.begin(), path);
  words.push_back(absl::StrCat("--ready-event=", reinterpret_cast<uintptr_t>(ready.get())));
  const absl::StatusOr<std::string> line = BuildCommandLine(words);
  if (!line.ok()) return line.status();
  absl::StatusOr<std::wstring> wide_line = ToUtf16(*line);
  const absl::StatusOr<std::wstring> wide_path = ToUtf16(path);
  if (!wide_line.ok() || !wide_path.ok()) return absl::InvalidArgumentError("bad path");
  STARTUPINFOEXW startup = {};
  startup.StartupInfo.cb = sizeof(startup);
  startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  startup.StartupInfo.hStdOutput = log.get();
  startup.StartupInfo.hStdError = log.get();
  startup.lpAttributeList = inherited.list();
  PROCESS_INFORMATION information = {};
  // The agent's own program as itself: no job's process is ever made this way.
  if (!::CreateProcessW(wide_path->c_str(), wide_line->data(), nullptr, nullptr, TRUE,
                        EXTENDED_STARTUPINFO_PRESENT | CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW,
                        nullptr, nullptr, &startup.StartupInfo, &information)) {
    return LastErrorStatus("CreateProcessW", path);
  }
  const UniqueHandle process(information.hProcess);
  const UniqueHandle thread(information.hThread);
  const HANDLE events[] = {ready.get(), process.get()};
  const DWORD which = ::WaitForMultipleObjects(
      2, events, FALSE, static_cast<DWORD>(absl::ToInt64Milliseconds(timeout)));
  if (which == WAIT_OBJECT_0) return absl::OkStatus();
  if (which == WAIT_TIMEOUT) {
    ::TerminateProcess(process.get(), 1);  // Not one more at each attempt.
    return absl::DeadlineExceededError(absl::StrCat(path, " did not get ready"));
  }
  return absl::UnavailableError(absl::StrCat(path, " ended before it was ready"));
}

}  // namespace proctor
