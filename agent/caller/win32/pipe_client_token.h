#ifndef PROCTOR_AGENT_CALLER_WIN32_PIPE_CLIENT_TOKEN_H_
#define PROCTOR_AGENT_CALLER_WIN32_PIPE_CLIENT_TOKEN_H_

#include <memory>

#include "absl/status/statusor.h"
#include "agent/token/win32/win32_token.h"

namespace proctor {

// The token of the client at the other end of a server's pipe handle, from which a byte was read:
// ImpersonateNamedPipeClient, OpenThreadToken(OpenAsSelf), RevertToSelf, all on this thread. The
// process ends when it cannot become itself again.
absl::StatusOr<std::shared_ptr<const Win32Token>> PipeClientToken(HANDLE pipe);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_WIN32_PIPE_CLIENT_TOKEN_H_
