#include "tests/conformance/process_watch.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/unique_fd.h"

namespace proctor {

class ProcessWatch::Impl {
 public:
  explicit Impl(int64_t pid)
      : fd_(static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0))) {}

  bool Ended() const {
    if (!fd_.valid()) return true;
    pollfd polled = {fd_.get(), POLLIN, 0};
    return ::poll(&polled, 1, 0) == 1;
  }

 private:
  const UniqueFd fd_;
};

ProcessWatch::ProcessWatch(int64_t pid) : impl_(std::make_unique<Impl>(pid)) {}
ProcessWatch::~ProcessWatch() = default;
ProcessWatch::ProcessWatch(ProcessWatch&&) noexcept = default;
ProcessWatch& ProcessWatch::operator=(ProcessWatch&&) noexcept = default;

bool ProcessWatch::Ended() const { return impl_->Ended(); }

}  // namespace proctor
