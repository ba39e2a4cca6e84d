#include "agent/rpc/unreadable_request.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/rpc/error_details.h"
#include "common/failure_detail.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/authentication.pb.h"

namespace proctor {
namespace {

class Answer final : public grpc::experimental::Interceptor {
 public:
  Answer(grpc::experimental::ServerRpcInfo* call, const UnreadableHandler* handler)
      : call_(call), handler_(handler) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    using HookPoint = grpc::experimental::InterceptionHookPoints;
    if (methods->QueryInterceptionHookPoint(HookPoint::PRE_SEND_STATUS)) {
      const grpc::Status status = methods->GetSendStatus();
      // A method of ours that answers so says why.
      if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED &&
          status.error_message().empty()) {
        methods->ModifySendStatus(UnreadableRequest(call_->method()));
        (*handler_)(*call_->server_context());
      }
    }
    methods->Proceed();
  }

 private:
  grpc::experimental::ServerRpcInfo* const call_;
  const UnreadableHandler* const handler_;  // Both outlive the call.
};

class Factory final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit Factory(UnreadableHandler handler) : handler_(std::move(handler)) {
    const auto* pool = google::protobuf::DescriptorPool::generated_pool();
    for (const char* const name :
         {v1::Agent::service_full_name(), v1::Authentication::service_full_name()}) {
      const google::protobuf::ServiceDescriptor* const service = pool->FindServiceByName(name);
      for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
        methods_.insert(absl::StrCat("/", name, "/", service->method(i)->name()));
      }
    }
  }

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override {
    return methods_.count(info->method()) == 0 ? nullptr : new Answer(info, &handler_);
  }

 private:
  const UnreadableHandler handler_;
  std::set<std::string, std::less<>> methods_;
};

}  // namespace

grpc::Status UnreadableRequest(const std::string& method) {
  v1::FailureDetail detail;
  detail.set_subject(method);
  detail.set_advice(
      "strings must be UTF-8; arguments, variables and paths that are not go into "
      "LaunchSpec.byte_strings");
  return ToGrpcStatus(WithFailureDetail(
      absl::InvalidArgumentError("the request cannot be parsed: it is no such message, or a string "
                                 "of it is not UTF-8"),
      detail));
}

std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface> AnswerUnreadableRequests(
    UnreadableHandler handler) {
  return std::make_unique<Factory>(std::move(handler));
}

}  // namespace proctor
