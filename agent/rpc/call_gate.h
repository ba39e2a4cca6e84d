#ifndef PROCTOR_AGENT_RPC_CALL_GATE_H_
#define PROCTOR_AGENT_RPC_CALL_GATE_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/token/caller_token.h"
#include "google/protobuf/descriptor.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor {

// What a method needs, as its proto declares it.
struct MethodNeeds {
  v1::TokenStage token_stage = v1::TOKEN_STAGE_UNSPECIFIED;
  v1::JobRight job_right = v1::JOB_RIGHT_UNSPECIFIED;
};

// Maps each method to the token stage and the job right it needs. The options in the protos are the
// only table. Immutable; thread-safe.
class CallGate {
 public:
  // FAILED_PRECONDITION names the method that declares no stage or no right: the agent must not
  // start with it.
  static absl::StatusOr<CallGate> Build(
      const std::vector<const google::protobuf::ServiceDescriptor*>& services);

  // Lets a call of `method` ("Wait") by `caller` (null: anonymous) through, with the right to look
  // its job up with. UNAUTHENTICATED when the caller's token has not reached the declared stage's
  // start; PERMISSION_DENIED for a method that nobody declared.
  absl::StatusOr<MethodNeeds> Admit(absl::string_view method, const CallerToken* caller) const;

 private:
  absl::flat_hash_map<std::string, MethodNeeds> needs_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_CALL_GATE_H_
