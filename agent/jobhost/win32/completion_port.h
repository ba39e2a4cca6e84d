#ifndef PROCTOR_AGENT_JOBHOST_WIN32_COMPLETION_PORT_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_COMPLETION_PORT_H_

#include <windows.h>

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/win32/unique_handle.h"

namespace proctor::jobhost {

// An I/O completion port. Keys are numbers that are not given out twice, never pointers: a packet
// may come after what it is about has gone. Thread-safe.
class CompletionPort {
 public:
  struct Packet {
    uint64_t key = 0;
    // What was posted, the job object's message, or the bytes of a transfer.
    DWORD value = 0;
    OVERLAPPED* overlapped = nullptr;  // Of a transfer.
    DWORD error = 0;                   // Of a transfer that failed.
  };

  static absl::StatusOr<CompletionPort> Create();

  // Packets of the file's transfers come with that key.
  absl::Status Associate(const UniqueHandle& file, uint64_t key) const;
  void Post(uint64_t key, DWORD value) const;
  // Empty after `timeout_ms` (INFINITE: never).
  absl::optional<Packet> Wait(DWORD timeout_ms) const;

  const UniqueHandle& handle() const { return port_; }

 private:
  explicit CompletionPort(UniqueHandle port) : port_(std::move(port)) {}

  UniqueHandle port_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_COMPLETION_PORT_H_
