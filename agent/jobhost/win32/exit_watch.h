#ifndef PROCTOR_AGENT_JOBHOST_WIN32_EXIT_WATCH_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_EXIT_WATCH_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "agent/jobhost/win32/completion_port.h"
#include "common/win32/unique_handle.h"

namespace proctor::jobhost {

// Posts (key, value) to a port once, when an object becomes signalled: a process ends, an event is
// set. The object and the port must outlive this.
class ExitWatch {
 public:
  static absl::StatusOr<std::unique_ptr<ExitWatch>> Start(const UniqueHandle& object,
                                                          const CompletionPort& port, uint64_t key,
                                                          DWORD value);
  ~ExitWatch();
  ExitWatch(const ExitWatch&) = delete;
  ExitWatch& operator=(const ExitWatch&) = delete;

 private:
  ExitWatch(const CompletionPort& port, uint64_t key, DWORD value)
      : port_(port), key_(key), value_(value) {}
  static void CALLBACK Signalled(void* self, BOOLEAN timed_out);

  const CompletionPort& port_;
  const uint64_t key_;
  const DWORD value_;
  HANDLE wait_ = nullptr;  // Not a kernel object's handle: UnregisterWaitEx ends it.
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_EXIT_WATCH_H_
