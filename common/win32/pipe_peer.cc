#include "common/win32/pipe_peer.h"

#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/object_owner.h"
#include "common/win32/token_identity.h"

namespace proctor {
namespace {

absl::StatusOr<UniqueHandle> Open(ULONG id, DWORD access = 0) {
  UniqueHandle process(
      ::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE | access, FALSE, id));
  if (!process.valid()) return LastErrorStatus("OpenProcess");
  return process;
}

}  // namespace

absl::StatusOr<UniqueHandle> PipeClientProcess(const UniqueHandle& pipe, DWORD access) {
  ULONG id = 0;
  if (!::GetNamedPipeClientProcessId(pipe.get(), &id)) {
    return LastErrorStatus("GetNamedPipeClientProcessId");
  }
  return Open(id, access);
}

absl::StatusOr<UniqueHandle> PipeServerProcess(const UniqueHandle& pipe) {
  ULONG id = 0;
  if (!::GetNamedPipeServerProcessId(pipe.get(), &id)) {
    return LastErrorStatus("GetNamedPipeServerProcessId");
  }
  return Open(id);
}

absl::Status CheckSameUser(const UniqueHandle& process) {
  const absl::StatusOr<TokenIdentity> peer = ReadProcessIdentity(process);
  if (!peer.ok()) return peer.status();
  const absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  if (peer->user_sid == own->user_sid) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the process at the other end of the pipe runs as ", peer->user_sid));
}

absl::Status CheckOwnPipe(const UniqueHandle& pipe) {
  const absl::StatusOr<std::string> owner = PipeOwnerSid(pipe);
  if (!owner.ok()) return owner.status();
  const absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  if (*owner == own->user_sid) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("the pipe belongs to ", owner->empty() ? "nobody" : *owner));
}

}  // namespace proctor
