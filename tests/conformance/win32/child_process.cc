#include "tests/conformance/child_process.h"

#include <windows.h>

#include "absl/strings/str_cat.h"
#include "common/command_line.h"
#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

UniqueHandle OpenInheritable(const std::string& path, DWORD access, DWORD disposition) {
  SECURITY_ATTRIBUTES attributes = {sizeof(attributes), nullptr, TRUE};
  UniqueHandle file(::CreateFileW(Must(ToUtf16(path)).c_str(), access,
                                  FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes, disposition,
                                  FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) Must(LastErrorStatus("CreateFileW", path));
  return file;
}

}  // namespace

class ChildProcess::Impl {
 public:
  Impl(const std::vector<std::string>& words, const std::string& out_file,
       const std::string& err_file) {
    constexpr DWORD kAppend = FILE_APPEND_DATA | SYNCHRONIZE;
    const UniqueHandle in = OpenInheritable("NUL", GENERIC_READ, OPEN_EXISTING);
    const UniqueHandle out = OpenInheritable(out_file, kAppend, OPEN_ALWAYS);
    const UniqueHandle err = OpenInheritable(err_file, kAppend, OPEN_ALWAYS);
    STARTUPINFOW startup = {};
    startup.cb = sizeof(startup);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = in.get();
    startup.hStdOutput = out.get();
    startup.hStdError = err.get();
    std::wstring line = Must(ToUtf16(Must(BuildCommandLine(words))));
    PROCESS_INFORMATION information = {};
    // A console of its own, for AskToEnd: the test may have none.
    if (!::CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW, nullptr,
                          nullptr, &startup, &information)) {
      Must(LastErrorStatus("CreateProcessW", words[0]));
    }
    const UniqueHandle thread(information.hThread);
    process_ = UniqueHandle(information.hProcess);
    pid_ = information.dwProcessId;
  }
  ~Impl() { Kill(); }

  DWORD pid() const { return pid_; }

  absl::optional<int> AwaitExit(absl::Duration patience) {
    const auto wait_ms = static_cast<DWORD>(absl::ToInt64Milliseconds(patience));
    DWORD code = 0;
    if (::WaitForSingleObject(process_.get(), wait_ms) != WAIT_OBJECT_0 ||
        !::GetExitCodeProcess(process_.get(), &code)) {
      return absl::nullopt;
    }
    return static_cast<int>(code);
  }

  void AskToEnd() const {
    ChildProcess sender({PROCTOR_BIN_DIR "/send_break.exe", absl::StrCat(pid_)}, "NUL", "NUL");
    const absl::optional<int> code = sender.AwaitExit(absl::Seconds(60));
    Require(code == 0, absl::StrCat("send_break: ", code.value_or(-1)));
  }

  void Kill() {
    ::TerminateProcess(process_.get(), 9);
    ::WaitForSingleObject(process_.get(), INFINITE);
  }

 private:
  UniqueHandle process_;
  DWORD pid_ = 0;
};

ChildProcess::ChildProcess(const std::vector<std::string>& words, const std::string& out_file,
                           const std::string& err_file)
    : impl_(std::make_unique<Impl>(words, out_file, err_file)) {}

ChildProcess::~ChildProcess() = default;

int64_t ChildProcess::pid() const { return impl_->pid(); }

absl::optional<int> ChildProcess::AwaitExit(absl::Duration patience) {
  return impl_->AwaitExit(patience);
}

void ChildProcess::AskToEnd() { impl_->AskToEnd(); }

void ChildProcess::Kill() { impl_->Kill(); }

}  // namespace proctor
