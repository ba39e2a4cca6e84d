#ifndef PROCTOR_COMMON_WIN32_PIPE_LISTENER_H_
#define PROCTOR_COMMON_WIN32_PIPE_LISTENER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// The serving end of a private named pipe: byte stream, overlapped, local clients only, open to the
// process's own user and SYSTEM. Its first instance fails where the name is taken already, and the
// next instance exists before a connection is handed out, so nobody else can take it meanwhile.
class PipeListener {
 public:
  // `name`: "\\.\pipe\NAME". ALREADY_EXISTS or PERMISSION_DENIED when somebody serves it.
  static absl::StatusOr<std::unique_ptr<PipeListener>> Create(absl::string_view name);

  // Waits for a client. CANCELLED after Stop. Used by one thread.
  absl::StatusOr<UniqueHandle> Accept();
  // Thread-safe.
  void Stop();

 private:
  PipeListener(std::wstring name, PrivateDescriptor descriptor);
  absl::StatusOr<UniqueHandle> NewInstance(bool first) const;

  const std::wstring name_;
  const PrivateDescriptor descriptor_;
  const UniqueHandle stop_;
  UniqueHandle next_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_PIPE_LISTENER_H_
