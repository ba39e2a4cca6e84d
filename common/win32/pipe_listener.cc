#include "common/win32/pipe_listener.h"

#include <sddl.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/token_identity.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr DWORD kBufferBytes = 64 << 10;

}  // namespace

PipeListener::PipeListener(std::wstring name, std::wstring security)
    : name_(std::move(name)),
      security_(std::move(security)),
      connected_(::CreateEventW(nullptr, TRUE, FALSE, nullptr)),
      stop_(::CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

absl::StatusOr<std::unique_ptr<PipeListener>> PipeListener::Create(absl::string_view name) {
  absl::StatusOr<std::wstring> wide = ToUtf16(name);
  if (!wide.ok()) return wide.status();
  const absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  // Protected: nothing is inherited. The owner is the user even where the token's default owner is
  // a group, so that a client can tell whose pipe it is.
  absl::StatusOr<std::wstring> security =
      ToUtf16(absl::StrCat("O:", own->user_sid, "D:P(A;;GA;;;SY)(A;;GA;;;", own->user_sid, ")"));
  if (!security.ok()) return security.status();
  std::unique_ptr<PipeListener> listener(new PipeListener(*std::move(wide), *std::move(security)));
  if (!listener->connected_.valid() || !listener->stop_.valid()) {
    return LastErrorStatus("CreateEventW");
  }
  absl::StatusOr<UniqueHandle> first = listener->NewInstance(true);
  if (!first.ok()) return first.status();
  listener->next_ = *std::move(first);
  return listener;
}

absl::StatusOr<UniqueHandle> PipeListener::NewInstance(bool first) const {
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(security_.c_str(), SDDL_REVISION_1,
                                                              &descriptor, nullptr)) {
    return LastErrorStatus("ConvertStringSecurityDescriptorToSecurityDescriptorW");
  }
  const std::unique_ptr<void, decltype(&::LocalFree)> owner(descriptor, &::LocalFree);
  SECURITY_ATTRIBUTES attributes = {sizeof(attributes), descriptor, FALSE};
  const DWORD open_mode =
      PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0);
  const DWORD pipe_mode =
      PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS;
  UniqueHandle pipe(::CreateNamedPipeW(name_.c_str(), open_mode, pipe_mode,
                                       PIPE_UNLIMITED_INSTANCES, kBufferBytes, kBufferBytes, 0,
                                       &attributes));
  if (!pipe.valid()) return LastErrorStatus("CreateNamedPipeW", FromUtf16(name_));
  return pipe;
}

absl::StatusOr<UniqueHandle> PipeListener::Accept() {
  if (!next_.valid()) {
    absl::StatusOr<UniqueHandle> instance = NewInstance(false);
    if (!instance.ok()) return instance.status();
    next_ = *std::move(instance);
  }
  OVERLAPPED overlapped = {};
  overlapped.hEvent = connected_.get();
  if (!::ConnectNamedPipe(next_.get(), &overlapped) && ::GetLastError() != ERROR_PIPE_CONNECTED) {
    if (::GetLastError() != ERROR_IO_PENDING) {
      const absl::Status failed = LastErrorStatus("ConnectNamedPipe");
      next_.reset();  // A client that came and went leaves an instance of no further use.
      return failed;
    }
    const HANDLE events[] = {stop_.get(), connected_.get()};
    const DWORD which = ::WaitForMultipleObjects(2, events, FALSE, INFINITE);
    if (which == WAIT_OBJECT_0) ::CancelIoEx(next_.get(), &overlapped);
    DWORD unused;
    const bool connected = ::GetOverlappedResult(next_.get(), &overlapped, &unused, TRUE);
    if (which == WAIT_OBJECT_0) return absl::CancelledError("stopped");
    if (!connected) {
      const absl::Status failed = LastErrorStatus("ConnectNamedPipe");
      next_.reset();
      return failed;
    }
  }
  UniqueHandle accepted = std::move(next_);
  absl::StatusOr<UniqueHandle> instance = NewInstance(false);
  if (instance.ok()) next_ = *std::move(instance);
  return accepted;
}

void PipeListener::Stop() { ::SetEvent(stop_.get()); }

}  // namespace proctor
