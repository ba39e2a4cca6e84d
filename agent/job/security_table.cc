#include "agent/job/security_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// Everything that a JobSecurity is made of. Lengths keep one part from reading as another.
std::string KeyOf(const JobSecurity& security) {
  const std::string owner = security.owner()->proto().SerializeAsString();
  const std::string user = security.user() == security.owner()
                               ? std::string()
                               : security.user()->proto().SerializeAsString();
  return absl::StrCat(owner.size(), ":", owner, user.size(), ":", user,
                      security.grants().SerializeAsString());
}

}  // namespace

std::shared_ptr<const JobSecurity> SecurityTable::Share(
    std::shared_ptr<const JobSecurity> security) {
  std::weak_ptr<const JobSecurity>& held = table_[KeyOf(*security)];
  if (std::shared_ptr<const JobSecurity> same = held.lock(); same != nullptr) return same;
  held = security;
  if (table_.size() >= sweep_at_) {
    absl::erase_if(table_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max<size_t>(64, 2 * table_.size());
  }
  return security;
}

}  // namespace proctor
