#include "agent/rpc/call_gate.h"

#include "absl/strings/str_cat.h"

namespace proctor {

absl::StatusOr<CallGate> CallGate::Build(
    const std::vector<const google::protobuf::ServiceDescriptor*>& services) {
  CallGate gate;
  for (const google::protobuf::ServiceDescriptor* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor* method = service->method(i);
      MethodNeeds needs;
      needs.token_stage = method->options().GetExtension(v1::token_stage);
      needs.job_right = method->options().GetExtension(v1::job_right);
      if (needs.token_stage == v1::TOKEN_STAGE_UNSPECIFIED ||
          needs.job_right == v1::JOB_RIGHT_UNSPECIFIED) {
        return absl::FailedPreconditionError(absl::StrCat(
            method->full_name(), " does not declare the options token_stage and job_right"));
      }
      if (!gate.needs_.emplace(method->name(), needs).second) {
        return absl::FailedPreconditionError(
            absl::StrCat("two methods are called ", method->name()));
      }
    }
  }
  return gate;
}

absl::StatusOr<MethodNeeds> CallGate::Admit(absl::string_view method,
                                            const CallerToken* caller) const {
  const auto found = needs_.find(method);
  if (found == needs_.end()) {
    return absl::PermissionDeniedError(absl::StrCat(method, " is not a declared method"));
  }
  if (found->second.token_stage != v1::ANONYMOUS && caller == nullptr) {
    return absl::UnauthenticatedError(absl::StrCat(method, " needs to know who is calling"));
  }
  return found->second;
}

}  // namespace proctor
