#include "agent/token/principal.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// Well-known SIDs, Microsoft Learn.
constexpr char kLocalSystemSid[] = "S-1-5-18";

std::string KeyOf(const v1::Principal& proto) {
  if (proto.has_windows()) return proto.windows().sid();
  if (proto.has_kerberos()) return absl::StrCat("krb5:", proto.kerberos().principal());
  return absl::StrCat(proto.posix().uid());
}

}  // namespace

Principal Principal::Posix(uint32_t uid, uint32_t gid, std::vector<uint32_t> groups,
                           std::string name) {
  v1::Principal proto;
  proto.set_name(std::move(name));
  proto.mutable_posix()->set_uid(uid);
  proto.mutable_posix()->set_gid(gid);
  std::sort(groups.begin(), groups.end());
  proto.mutable_posix()->mutable_groups()->Add(groups.begin(), groups.end());
  return Principal(std::move(proto));
}

Principal::Principal(v1::Principal proto) : proto_(std::move(proto)), key_(KeyOf(proto_)) {}

std::string Principal::ToString() const {
  const std::string id = proto_.has_posix() ? absl::StrCat("uid ", key_) : key_;
  return proto_.name().empty() ? id : absl::StrCat(proto_.name(), " (", id, ")");
}

bool Principal::IsMemberOf(absl::string_view group) const {
  if (proto_.has_windows()) {
    const auto& sids = proto_.windows().group_sids();
    return std::find(sids.begin(), sids.end(), group) != sids.end();
  }
  uint32_t gid;
  if (!proto_.has_posix() || !absl::SimpleAtoi(group, &gid)) return false;
  const auto& groups = proto_.posix().groups();
  return proto_.posix().gid() == gid ||
         std::find(groups.begin(), groups.end(), gid) != groups.end();
}

bool Principal::IsSuperuser() const {
  if (proto_.has_windows()) return proto_.windows().sid() == kLocalSystemSid;
  return proto_.has_posix() && proto_.posix().uid() == 0;
}

}  // namespace proctor
