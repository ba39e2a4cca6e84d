#include "agent/rpc/session_caller_source.h"

#include <iterator>

namespace proctor {
namespace {

constexpr char kSessionKey[] = "proctor-session";

}  // namespace

absl::StatusOr<std::shared_ptr<const CallerToken>> SessionCallerSource::CallerOf(
    const grpc::CallbackServerContext& context) const {
  const std::string peer = context.peer();
  absl::StatusOr<std::shared_ptr<const CallerToken>> caller = Find(context, peer);
  if (caller.ok()) return caller;
  if (absl::Status counted = connections_->StrangerCalls(peer); !counted.ok()) return counted;
  return caller;
}

std::shared_ptr<const void> SessionCallerSource::Begun(const grpc::CallbackServerContext& context,
                                                       const CallerToken& caller) const {
  return connections_->CallBegun(context.peer(), caller.principal()->key());
}

void SessionCallerSource::Disconnect(const grpc::CallbackServerContext& context) const {
  connections_->Shut(context.peer());
}

absl::StatusOr<std::shared_ptr<const CallerToken>> SessionCallerSource::Find(
    const grpc::CallbackServerContext& context, const std::string& peer) const {
  const auto [first, last] = context.client_metadata().equal_range(kSessionKey);
  if (first == last) {
    return absl::UnauthenticatedError(
        "the call names no session: open one with Authentication.Authenticate and send its id as "
        "the metadata proctor-session");
  }
  if (std::next(first) != last) {
    return absl::UnauthenticatedError("the call names more than one session");
  }
  return sessions_->Find(absl::string_view(first->second.data(), first->second.size()), listener_,
                         peer);
}

}  // namespace proctor
