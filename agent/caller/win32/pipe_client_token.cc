#include "agent/caller/win32/pipe_client_token.h"

#include <cstdlib>

#include "common/win32/last_error.h"

namespace proctor {

absl::StatusOr<std::shared_ptr<const Win32Token>> PipeClientToken(HANDLE pipe) {
  if (!::ImpersonateNamedPipeClient(pipe)) return LastErrorStatus("ImpersonateNamedPipeClient");
  UniqueHandle token;
  // OpenAsSelf: the agent may open it, whatever the client's rights to its own token are.
  const BOOL opened =
      ::OpenThreadToken(::GetCurrentThread(), TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE,
                        TRUE, token.receive());
  const absl::Status status = opened ? absl::OkStatus() : LastErrorStatus("OpenThreadToken");
  if (!::RevertToSelf()) std::abort();
  if (!status.ok()) return status;
  return Win32Token::Read(std::move(token));
}

}  // namespace proctor
