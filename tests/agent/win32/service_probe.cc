// A service that does nothing but write down what it is told: service_probe NAME LOG [fail].

#include <windows.h>

#include <string>
#include <vector>

#include "agent/win32/service_dispatcher.h"
#include "common/os_error.h"
#include "common/win32/own_arguments.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

class Probe final : public ServiceProgram {
 public:
  Probe(std::wstring log, bool fail) : log_(std::move(log)), fail_(fail) {}

  absl::Status Start() override {
    Note("start\n");
    return fail_ ? OsErrorStatus("CreateNamedPipeW", ERROR_PIPE_BUSY) : absl::OkStatus();
  }
  void Drain() override { Note("drain\n"); }
  void Reload() override { Note("reload\n"); }

 private:
  void Note(const std::string& line) const {
    const UniqueHandle file(::CreateFileW(log_.c_str(), FILE_APPEND_DATA,
                                          FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_ALWAYS,
                                          FILE_ATTRIBUTE_NORMAL, nullptr));
    DWORD written = 0;
    ::WriteFile(file.get(), line.data(), static_cast<DWORD>(line.size()), &written, nullptr);
  }

  const std::wstring log_;
  const bool fail_;
};

}  // namespace
}  // namespace proctor

int main() {
  const std::vector<std::string> words = proctor::OwnArguments();
  if (words.size() < 2) return 2;
  proctor::Probe probe(*proctor::ToUtf16(words[1]), words.size() > 2);
  return proctor::RunAsService(words[0], &probe).ok() ? 0 : 1;
}
