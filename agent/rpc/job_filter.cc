#include "agent/rpc/job_filter.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/job/field_error.h"

namespace proctor {

absl::Status ResolveOwner(const AccountNames& names, v1::JobFilter* filter) {
  if (filter->owner().empty()) return absl::OkStatus();
  absl::StatusOr<std::string> key = names.UserKey(filter->owner());
  if (absl::IsNotFound(key.status())) return FieldError("filter.owner", key.status().message());
  if (!key.ok()) return key.status();
  filter->set_owner(*std::move(key));
  return absl::OkStatus();
}

}  // namespace proctor
