#include "agent/rpc/named_owner.h"

#include <string>
#include <utility>

#include "agent/job/field_error.h"

namespace proctor {
namespace {

absl::StatusOr<v1::JobFilter> WithOwnersKey(const AccountNames& names, v1::JobFilter filter) {
  absl::StatusOr<std::string> key = names.UserKey(filter.owner());
  if (absl::IsNotFound(key.status())) return FieldError("filter.owner", key.status().message());
  if (!key.ok()) return key.status();
  filter.set_owner(*std::move(key));
  return filter;
}

}  // namespace

void ResolveOwner(const AgentCore& core, const CallerToken& caller, v1::JobFilter filter,
                  std::function<void(absl::StatusOr<v1::JobFilter>)> done) {
  if (filter.owner().empty()) return done(std::move(filter));
  RunForCaller<v1::JobFilter>(
      core, caller,
      [names = core.names, filter = std::move(filter)] { return WithOwnersKey(*names, filter); },
      std::move(done));
}

}  // namespace proctor
