#ifndef PROCTOR_AGENT_RPC_ADMITTED_CALL_H_
#define PROCTOR_AGENT_RPC_ADMITTED_CALL_H_

#include <grpcpp/server_context.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/caller/user_bounds.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/caller_source.h"
#include "agent/token/caller_token.h"
#include "google/protobuf/message_lite.h"

namespace proctor {

// A call whose caller is known and that is counted among the caller's: `permit` is to be kept until
// gRPC has let go of the call.
struct AdmittedCall {
  std::shared_ptr<const CallerToken> caller;
  CallPermit permit;
};

// UNAUTHENTICATED when the call belongs to nobody; RESOURCE_EXHAUSTED, with the bound's name, when
// its caller has too many or `request` is too long. A refusal is in the audit log.
absl::StatusOr<AdmittedCall> AdmitCall(const AgentCore& core, const CallerSource& callers,
                                       const grpc::CallbackServerContext& context,
                                       absl::string_view method,
                                       const google::protobuf::MessageLite& request);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_ADMITTED_CALL_H_
