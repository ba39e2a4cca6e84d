#ifndef PROCTOR_AGENT_TOKEN_PRINCIPAL_H_
#define PROCTOR_AGENT_TOKEN_PRINCIPAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// Who somebody is. Immutable, so it may be shared between threads.
class Principal {
 public:
  // `groups` as the kernel reported them; `name` may be empty.
  static Principal Posix(uint32_t uid, uint32_t gid, std::vector<uint32_t> groups,
                         std::string name);
  explicit Principal(v1::Principal proto);

  // Names the account in journals, indexes and logs: the uid in decimal, the SID, or "krb5:" and
  // the name of a realm's principal whom this machine does not know.
  const std::string& key() const { return key_; }
  const v1::Principal& proto() const { return proto_; }
  // "alice (uid 1000)", "DOMAIN\\alice (S-1-5-21-...)"
  std::string ToString() const;

  // `group` is a gid in decimal (the effective one or a supplementary group) or the SID of an
  // enabled group.
  bool IsMemberOf(absl::string_view group) const;
  // uid 0, LocalSystem.
  bool IsSuperuser() const;

 private:
  v1::Principal proto_;
  std::string key_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_PRINCIPAL_H_
