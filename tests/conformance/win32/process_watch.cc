#include "tests/conformance/process_watch.h"

#include <windows.h>

#include "common/win32/unique_handle.h"

namespace proctor {

class ProcessWatch::Impl {
 public:
  explicit Impl(int64_t pid)
      : process_(::OpenProcess(SYNCHRONIZE, FALSE, static_cast<DWORD>(pid))) {}

  bool Ended() const {
    return !process_.valid() || ::WaitForSingleObject(process_.get(), 0) == WAIT_OBJECT_0;
  }

 private:
  const UniqueHandle process_;
};

ProcessWatch::ProcessWatch(int64_t pid) : impl_(std::make_unique<Impl>(pid)) {}
ProcessWatch::~ProcessWatch() = default;
ProcessWatch::ProcessWatch(ProcessWatch&&) noexcept = default;
ProcessWatch& ProcessWatch::operator=(ProcessWatch&&) noexcept = default;

bool ProcessWatch::Ended() const { return impl_->Ended(); }

}  // namespace proctor
