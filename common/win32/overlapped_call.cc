#include "common/win32/overlapped_call.h"

#include "common/win32/last_error.h"

namespace proctor {

OverlappedCall::OverlappedCall(HANDLE pipe, HANDLE stop)
    : pipe_(pipe), stop_(stop), event_(::CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

absl::StatusOr<DWORD> OverlappedCall::Await(const char* call, BOOL started, DWORD timeout_ms) {
  const DWORD error = started ? ERROR_SUCCESS : ::GetLastError();
  if (!started && error != ERROR_IO_PENDING) {
    return OsErrorStatus(call, static_cast<int>(error));
  }
  const HANDLE events[] = {event_.get(), stop_};
  const DWORD which = ::WaitForMultipleObjects(stop_ == nullptr ? 1 : 2, events, FALSE, timeout_ms);
  // The structure must not be left to the system: a cancelled call is waited for as well.
  if (which != WAIT_OBJECT_0) ::CancelIoEx(pipe_, &overlapped_);
  DWORD bytes = 0;
  const BOOL done = ::GetOverlappedResult(pipe_, &overlapped_, &bytes, TRUE);
  if (done) return bytes;
  if (which == WAIT_OBJECT_0 + 1) return absl::CancelledError("stopping");
  if (which == WAIT_TIMEOUT)
    return absl::DeadlineExceededError("the other end of the pipe is slow");
  return LastErrorStatus(call);
}

absl::Status OverlappedCall::Connect() {
  overlapped_ = {};
  overlapped_.hEvent = event_.get();
  const BOOL started = ::ConnectNamedPipe(pipe_, &overlapped_);
  if (!started && ::GetLastError() == ERROR_PIPE_CONNECTED) return absl::OkStatus();
  return Await("ConnectNamedPipe", started, INFINITE).status();
}

absl::StatusOr<std::string> OverlappedCall::Read(size_t count, DWORD timeout_ms) {
  std::string bytes(count, '\0');
  for (size_t done = 0; done < count;) {
    overlapped_ = {};
    overlapped_.hEvent = event_.get();
    const BOOL started = ::ReadFile(pipe_, bytes.data() + done, static_cast<DWORD>(count - done),
                                    nullptr, &overlapped_);
    const absl::StatusOr<DWORD> got = Await("ReadFile", started, timeout_ms);
    if (!got.ok()) return got.status();
    done += *got;
  }
  return bytes;
}

absl::Status OverlappedCall::Write(absl::string_view bytes, DWORD timeout_ms) {
  while (!bytes.empty()) {
    overlapped_ = {};
    overlapped_.hEvent = event_.get();
    const BOOL started =
        ::WriteFile(pipe_, bytes.data(), static_cast<DWORD>(bytes.size()), nullptr, &overlapped_);
    const absl::StatusOr<DWORD> written = Await("WriteFile", started, timeout_ms);
    if (!written.ok()) return written.status();
    bytes.remove_prefix(*written);
  }
  return absl::OkStatus();
}

}  // namespace proctor
