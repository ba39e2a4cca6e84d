#ifndef PROCTOR_TESTS_AGENT_CALLER_KERBEROS_LOGON_INFO_BUILDER_H_
#define PROCTOR_TESTS_AGENT_CALLER_KERBEROS_LOGON_INFO_BUILDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"

namespace proctor {

// Makes the bytes of a PAC's logon information. What a realm would never write is possible: counts
// that are not those of the lists, and lists without their domains.
struct LogonInfoBuilder {
  struct Sid {
    uint8_t revision = 1;
    std::vector<uint32_t> sub_authorities;
    absl::optional<uint32_t> conformance;  // Absent: right.
    uint64_t authority = 5;
  };
  struct Group {
    uint32_t relative_id = 0;
    uint32_t attributes = 7;
  };
  struct ExtraSid {
    absl::optional<Sid> sid;  // Absent: a null pointer.
    uint32_t attributes = 7;
  };

  std::u16string account = u"alice";
  absl::optional<uint32_t> account_actual_count;  // Absent: right.
  uint32_t user_id = 1105;
  uint32_t primary_group_id = 513;
  uint32_t user_account_control = 0x10;  // USER_NORMAL_ACCOUNT
  std::vector<Group> groups;
  absl::optional<uint32_t> group_count;  // Absent: right.
  absl::optional<Sid> domain = Sid{1, {21, 1, 2, 3}, {}, 5};
  std::vector<ExtraSid> extra;
  absl::optional<uint32_t> extra_count;  // Absent: right.
  absl::optional<Sid> resource_domain;
  std::vector<Group> resource_groups;

  std::string Build() const;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_CALLER_KERBEROS_LOGON_INFO_BUILDER_H_
