#include "agent/jobhost/win32/completion_port.h"

#include "common/win32/last_error.h"

namespace proctor::jobhost {

absl::StatusOr<CompletionPort> CompletionPort::Create() {
  UniqueHandle port(::CreateIoCompletionPort(INVALID_HANDLE_VALUE, nullptr, 0, 0));
  if (!port.valid()) return LastErrorStatus("CreateIoCompletionPort");
  return CompletionPort(std::move(port));
}

absl::Status CompletionPort::Associate(const UniqueHandle& file, uint64_t key) const {
  if (::CreateIoCompletionPort(file.get(), port_.get(), key, 0) == nullptr) {
    return LastErrorStatus("CreateIoCompletionPort");
  }
  return absl::OkStatus();
}

void CompletionPort::Post(uint64_t key, DWORD value) const {
  ::PostQueuedCompletionStatus(port_.get(), value, key, nullptr);
}

absl::optional<CompletionPort::Packet> CompletionPort::Wait(DWORD timeout_ms) const {
  Packet packet;
  ULONG_PTR key = 0;
  const bool done = ::GetQueuedCompletionStatus(port_.get(), &packet.value, &key,
                                                &packet.overlapped, timeout_ms) != FALSE;
  if (!done && packet.overlapped == nullptr) return absl::nullopt;
  packet.key = key;
  if (!done) packet.error = ::GetLastError();
  return packet;
}

}  // namespace proctor::jobhost
