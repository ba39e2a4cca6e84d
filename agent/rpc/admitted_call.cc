#include "agent/rpc/admitted_call.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/bound_exceeded.h"

namespace proctor {
namespace {

absl::Status CheckLength(const AgentCore& core, const google::protobuf::MessageLite& request) {
  const uint64_t bound = core.limits.max_request_bytes();
  const uint64_t length = request.ByteSizeLong();
  if (bound == 0 || length <= bound) return absl::OkStatus();
  return BoundExceeded("max_request_bytes",
                       absl::StrCat("the request has ", length, " bytes, the bound is ", bound),
                       "send less: hand long lists over in files, or raise the bound in the "
                       "agent's configuration");
}

}  // namespace

absl::StatusOr<AdmittedCall> AdmitCall(const AgentCore& core, const CallerSource& callers,
                                       const grpc::CallbackServerContext& context,
                                       absl::string_view method,
                                       const google::protobuf::MessageLite& request) {
  absl::StatusOr<std::shared_ptr<const CallerToken>> caller = callers.CallerOf(context);
  if (!caller.ok()) {
    AuditStranger(context.peer(), method, caller.status());
    return caller.status();
  }
  AdmittedCall call{*std::move(caller), CallPermit()};
  absl::Status refused = context.IsCancelled() ? absl::CancelledError("cancelled before it began")
                                               : CheckLength(core, request);
  if (refused.ok() && core.bounds != nullptr) {
    absl::StatusOr<CallPermit> permit = core.bounds->BeginCall(call.caller->principal()->key());
    refused = permit.status();
    if (refused.ok()) call.permit = *std::move(permit);
  }
  if (refused.ok()) {
    call.permit.Keep(callers.Begun(context, *call.caller));
    return call;
  }
  AuditRefusal(*call.caller, method, refused);
  if (core.bounds != nullptr && !core.bounds->CountFruitless(call.caller->principal()->key())) {
    callers.Disconnect(context);
  }
  return refused;
}

}  // namespace proctor
