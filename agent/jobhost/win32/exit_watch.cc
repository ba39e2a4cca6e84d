#include "agent/jobhost/win32/exit_watch.h"

#include "common/win32/last_error.h"

namespace proctor::jobhost {

absl::StatusOr<std::unique_ptr<ExitWatch>> ExitWatch::Start(const UniqueHandle& object,
                                                            const CompletionPort& port,
                                                            uint64_t key, DWORD value) {
  std::unique_ptr<ExitWatch> watch(new ExitWatch(port, key, value));
  if (!::RegisterWaitForSingleObject(&watch->wait_, object.get(), &Signalled, watch.get(), INFINITE,
                                     WT_EXECUTEONLYONCE)) {
    watch->wait_ = nullptr;
    return LastErrorStatus("RegisterWaitForSingleObject");
  }
  return watch;
}

ExitWatch::~ExitWatch() {
  // Waits for a callback under way, which only posts and so takes no lock of ours.
  if (wait_ != nullptr) ::UnregisterWaitEx(wait_, INVALID_HANDLE_VALUE);
}

void ExitWatch::Signalled(void* self, BOOLEAN) {
  const auto* watch = static_cast<ExitWatch*>(self);
  watch->port_.Post(watch->key_, watch->value_);
}

}  // namespace proctor::jobhost
