#include "agent/job/job_filter.h"

#include <algorithm>

namespace proctor {

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
