#include "agent/token/principal.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace proctor {

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

Principal::Principal(v1::Principal proto)
    : proto_(std::move(proto)), key_(absl::StrCat(proto_.posix().uid())) {}

std::string Principal::ToString() const {
  const uint32_t uid = proto_.posix().uid();
  return proto_.name().empty() ? absl::StrCat("uid ", uid)
                               : absl::StrCat(proto_.name(), " (uid ", uid, ")");
}

bool Principal::IsMemberOf(uint32_t gid) const {
  if (!proto_.has_posix()) return false;
  const auto& groups = proto_.posix().groups();
  return proto_.posix().gid() == gid ||
         std::find(groups.begin(), groups.end(), gid) != groups.end();
}

bool Principal::IsSuperuser() const { return proto_.has_posix() && proto_.posix().uid() == 0; }

}  // namespace proctor
