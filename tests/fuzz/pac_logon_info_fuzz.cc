#include "tests/fuzz/pac_logon_info_fuzz.h"

#include <cstdlib>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "agent/caller/kerberos/pac_logon_info.h"

namespace proctor {
namespace {

constexpr size_t kLongestSid = 200;  // "S-1-0x", 12 digits, 15 times "-" and ten digits.

void Check(bool holds) {
  if (!holds) std::abort();
}

void CheckSid(const std::string& sid) {
  Check(absl::StartsWith(sid, "S-1-"));
  Check(sid.size() <= kLongestSid);
  Check(sid.find_first_not_of("S-0123456789abcdefx") == std::string::npos);
}

}  // namespace

void FuzzPacLogonInfo(const uint8_t* data, size_t size) {
  const absl::StatusOr<PacLogonInfo> info =
      DecodePacLogonInfo(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!info.ok()) {
    Check(info.status().code() == absl::StatusCode::kInvalidArgument);
    return;
  }
  CheckSid(info->user_sid);
  Check(info->group_sids.size() <= kMaxPacGroups);
  // Each takes eight bytes at least.
  Check(info->group_sids.size() <= size / 8);
  std::set<std::string> different;
  for (const std::string& sid : info->group_sids) {
    CheckSid(sid);
    Check(different.insert(sid).second);
  }
}

}  // namespace proctor
