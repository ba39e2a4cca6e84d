#include "agent/job/job_update.h"

#include "absl/strings/str_cat.h"
#include "agent/job/access_grants.h"
#include "agent/job/field_error.h"

namespace proctor {

absl::Status ValidateJobUpdate(const v1::UpdateJobRequest& request, const SpecLimits& limits) {
  absl::Status status = ValidateLabels("set_labels", request.set_labels());
  if (request.remove_labels_size() > kMaxLabels) {
    status.Update(FieldError("remove_labels", absl::StrCat("more than ", kMaxLabels, " labels")));
  }
  status.Update(ValidateRetention("retention", request.retention(), limits));
  status.Update(ValidateGrants("share_with.grants", request.share_with().grants()));
  return status;
}

absl::Status ApplyJobUpdate(const v1::UpdateJobRequest& request, v1::Job* job) {
  auto labels = job->spec().labels();
  for (const std::string& key : request.remove_labels()) labels.erase(key);
  for (const auto& [key, value] : request.set_labels()) labels[key] = value;
  if (labels.size() > static_cast<size_t>(kMaxLabels)) {
    return FieldError("set_labels",
                      absl::StrCat("the job would have ", labels.size(), " labels, more than the ",
                                   kMaxLabels, " that are allowed"));
  }
  v1::LaunchSpec& spec = *job->mutable_spec();
  *spec.mutable_labels() = labels;
  if (request.has_retention()) *spec.mutable_retention() = request.retention();
  if (request.has_share_with()) *spec.mutable_share_with() = request.share_with().grants();
  return absl::OkStatus();
}

}  // namespace proctor
