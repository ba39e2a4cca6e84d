#include "agent/job/job_filter.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"
#include "agent/job/launch_spec.h"

namespace proctor {
namespace {

constexpr int kMaxStates = 64;

}  // namespace

absl::Status ValidateJobFilter(const v1::JobFilter& filter) {
  if (filter.labels().size() > static_cast<size_t>(kMaxLabels)) {
    return FieldError("filter.labels", absl::StrCat("more than ", kMaxLabels, " labels"));
  }
  if (filter.states_size() > kMaxStates) {
    return FieldError("filter.states", absl::StrCat("more than ", kMaxStates, " states"));
  }
  return absl::OkStatus();
}

JobFilter::JobFilter(const v1::JobFilter& filter)
    : owner_(filter.owner()), labels_(filter.labels().begin(), filter.labels().end()) {
  if (filter.states().empty()) states_ = ~uint32_t{0};
  for (const int state : filter.states()) {
    if (v1::JobState_IsValid(state)) states_ |= uint32_t{1} << state;
  }
}

bool JobFilter::Matches(v1::JobState state, const Principal& owner, const JobLabels* labels) const {
  static_assert(v1::JobState_MAX < 32);
  if ((states_ & (uint32_t{1} << state)) == 0) return false;
  if (!owner_.empty() && owner.key() != owner_ && owner.proto().name() != owner_) return false;
  if (labels_.empty()) return true;
  if (labels == nullptr || labels->size() < labels_.size()) return false;
  return std::all_of(labels_.begin(), labels_.end(), [labels](const auto& wanted) {
    const auto found = labels->find(wanted.first);
    return found != labels->end() && (wanted.second.empty() || found->second == wanted.second);
  });
}

}  // namespace proctor
