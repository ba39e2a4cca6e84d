#ifndef PROCTOR_COMMON_WIN32_OVERLAPPED_CALL_H_
#define PROCTOR_COMMON_WIN32_OVERLAPPED_CALL_H_

#include <windows.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// One operation after the other on a pipe opened with FILE_FLAG_OVERLAPPED, each ended by a timeout
// (DEADLINE_EXCEEDED) or by the event `stop` (CANCELLED; may be null). Used by one thread. Both
// handles must outlive it; nothing is under way any more when a method returns.
class OverlappedCall {
 public:
  OverlappedCall(HANDLE pipe, HANDLE stop);

  // Waits for a client, without end.
  absl::Status Connect();
  // Exactly `count` bytes, within `timeout_ms` each time some are missing.
  absl::StatusOr<std::string> Read(size_t count, DWORD timeout_ms);
  absl::Status Write(absl::string_view bytes, DWORD timeout_ms);

 private:
  // `started`: what the call returned. The number of bytes.
  absl::StatusOr<DWORD> Await(const char* call, BOOL started, DWORD timeout_ms);

  const HANDLE pipe_;
  const HANDLE stop_;
  const UniqueHandle event_;
  OVERLAPPED overlapped_ = {};
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_OVERLAPPED_CALL_H_
