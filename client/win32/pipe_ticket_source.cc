#include "client/win32/pipe_ticket_source.h"

#include <windows.h>

#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/object_owner.h"
#include "common/win32/overlapped_call.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"
#include "proctor/v1/local_ticket.pb.h"

namespace proctor {
namespace {

constexpr DWORD kBusyPatienceMs = 5000;
constexpr DWORD kAgentPatienceMs = 10000;
constexpr uint32_t kMaxTicketBytes = 64 * 1024;

absl::StatusOr<UniqueHandle> OpenPipe(const std::string& name) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(name);
  if (!wide.ok()) return wide.status();
  while (true) {
    UniqueHandle pipe(::CreateFileW(
        wide->c_str(), FILE_GENERIC_READ | FILE_WRITE_DATA, 0, nullptr, OPEN_EXISTING,
        FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IMPERSONATION, nullptr));
    if (pipe.valid()) return pipe;
    if (::GetLastError() == ERROR_FILE_NOT_FOUND) {
      return OsErrorStatus(absl::StatusCode::kUnavailable, "CreateFileW", ERROR_FILE_NOT_FOUND,
                           name);
    }
    if (::GetLastError() != ERROR_PIPE_BUSY) return LastErrorStatus("CreateFileW", name);
    if (!::WaitNamedPipeW(wide->c_str(), kBusyPatienceMs)) {
      return OsErrorStatus(absl::StatusCode::kUnavailable, "WaitNamedPipeW",
                           static_cast<int>(::GetLastError()), name);
    }
  }
}

// Before the first byte: whoever took the name of an agent that is not there gets nothing.
absl::Status CheckOwner(const UniqueHandle& pipe, const std::string& name) {
  const absl::StatusOr<std::string> owner = PipeOwnerSid(pipe);
  if (!owner.ok()) return owner.status();
  if (owner->empty()) {
    return absl::PermissionDeniedError(
        absl::StrCat(name, " has no owner, so nothing says that it is the agent's"));
  }
  const absl::StatusOr<bool> trusted = IsTrustedOwner(*owner);
  if (!trusted.ok()) return trusted.status();
  if (*trusted) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat(name, " belongs to ", *owner, ", not to an agent of this machine"));
}

}  // namespace

absl::StatusOr<AgentTicket> PipeTicketSource::GetTicket() {
  absl::StatusOr<UniqueHandle> pipe = absl::InternalError("no name of a pipe");
  for (const std::string& name : names_) {
    pipe = OpenPipe(name);
    if (absl::IsUnavailable(pipe.status()) && name != names_.back()) continue;
    if (!pipe.ok()) return pipe.status();
    if (absl::Status owned = CheckOwner(*pipe, name); !owned.ok()) return owned;
    break;
  }
  OverlappedCall call(pipe->get(), nullptr);
  if (absl::Status sent = call.Write("?", kAgentPatienceMs); !sent.ok()) return sent;
  const absl::StatusOr<std::string> header = call.Read(sizeof(uint32_t), kAgentPatienceMs);
  if (!header.ok()) return header.status();
  uint32_t size = 0;
  header->copy(reinterpret_cast<char*>(&size), sizeof(size));
  if (size > kMaxTicketBytes) return absl::DataLossError("the agent's answer is too long");
  absl::StatusOr<std::string> bytes = call.Read(size, kAgentPatienceMs);
  if (!bytes.ok()) return bytes.status();
  v1::LocalTicket ticket;
  const bool parsed = ticket.ParseFromString(*bytes);
  ::SecureZeroMemory(bytes->data(), bytes->size());
  if (!parsed) return absl::DataLossError("the agent's answer cannot be read");
  if (ticket.error_code() != 0) {
    return absl::Status(static_cast<absl::StatusCode>(ticket.error_code()), ticket.error_message());
  }
  return AgentTicket{ticket.endpoint(), ticket.certificate_sha256(), ticket.ticket_id(),
                     SecretBytes(std::move(*ticket.mutable_secret()))};
}

}  // namespace proctor
