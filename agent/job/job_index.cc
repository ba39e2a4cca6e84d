#include "agent/job/job_index.h"

namespace proctor {

void JobIndex::Add(const EntryPtr& entry) {
  all_.emplace_hint(all_.end(), entry->sequence, entry);
  by_id_.insert(entry);
  if (entry->active != nullptr) active_.emplace_hint(active_.end(), entry->sequence, entry);
  if (!entry->request_id.empty()) by_request_.insert(entry);
}

void JobIndex::Remove(const EntryPtr& entry) {
  ReleaseRequest(entry);
  active_.erase(entry->sequence);
  by_id_.erase(entry);
  all_.erase(entry->sequence);
}

void JobIndex::ReleaseRequest(const EntryPtr& entry) {
  if (entry->request_id.empty()) return;
  // Another entry may have the same id by now, or a journal of an earlier release may.
  const auto found = by_request_.find(entry);
  if (found != by_request_.end() && *found == entry) by_request_.erase(found);
}

JobIndex::EntryPtr JobIndex::Find(absl::string_view job_id) const {
  const auto found = by_id_.find(job_id);
  return found == by_id_.end() ? nullptr : *found;
}

JobIndex::EntryPtr JobIndex::FindRequest(absl::string_view owner,
                                         absl::string_view request_id) const {
  const auto found = by_request_.find(Request{owner, request_id});
  return found == by_request_.end() ? nullptr : *found;
}

}  // namespace proctor
