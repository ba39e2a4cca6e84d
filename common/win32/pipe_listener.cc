#include "common/win32/pipe_listener.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/overlapped_call.h"
#include "common/win32/token_identity.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr DWORD kBufferBytes = 64 << 10;

// The owner is the user even where the token's default owner is a group, so that a client can tell
// whose pipe it is.
absl::StatusOr<PrivateDescriptor> OwnDescriptor() {
  const absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  const absl::StatusOr<std::wstring> sddl =
      ToUtf16(absl::StrCat("O:", own->user_sid, "D:P(A;;GA;;;SY)(A;;GA;;;", own->user_sid, ")"));
  if (!sddl.ok()) return sddl.status();
  return PrivateDescriptor::FromSddl(*sddl);
}

}  // namespace

PipeListener::PipeListener(std::wstring name, PrivateDescriptor descriptor)
    : name_(std::move(name)),
      descriptor_(std::move(descriptor)),
      stop_(::CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}

absl::StatusOr<std::unique_ptr<PipeListener>> PipeListener::Create(absl::string_view name) {
  absl::StatusOr<std::wstring> wide = ToUtf16(name);
  if (!wide.ok()) return wide.status();
  absl::StatusOr<PrivateDescriptor> descriptor = OwnDescriptor();
  if (!descriptor.ok()) return descriptor.status();
  std::unique_ptr<PipeListener> listener(
      new PipeListener(*std::move(wide), *std::move(descriptor)));
  if (!listener->stop_.valid()) return LastErrorStatus("CreateEventW");
  absl::StatusOr<UniqueHandle> first = listener->NewInstance(true);
  if (!first.ok()) return first.status();
  listener->next_ = *std::move(first);
  return listener;
}

absl::StatusOr<UniqueHandle> PipeListener::NewInstance(bool first) const {
  SECURITY_ATTRIBUTES attributes = descriptor_.attributes();
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
  const absl::Status connected = OverlappedCall(next_.get(), stop_.get()).Connect();
  if (absl::IsCancelled(connected)) return connected;
  if (!connected.ok()) {
    next_.reset();  // A client that came and went leaves an instance of no further use.
    return connected;
  }
  UniqueHandle accepted = std::move(next_);
  absl::StatusOr<UniqueHandle> instance = NewInstance(false);
  if (instance.ok()) next_ = *std::move(instance);
  return accepted;
}

void PipeListener::Stop() { ::SetEvent(stop_.get()); }

}  // namespace proctor
