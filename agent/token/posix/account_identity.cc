#include "agent/token/posix/account_identity.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor {
namespace {

// POSIX leaves open which of these a name service gives for a name that it does not know; see
// getpwnam_r(3).
bool MeansUnknown(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

absl::StatusOr<std::vector<gid_t>> GroupsOf(const std::string& name, gid_t gid) {
  std::vector<gid_t> groups(64);
  while (true) {
    int count = static_cast<int>(groups.size());
    const int found = ::getgrouplist(name.c_str(), gid, groups.data(), &count);
    const bool grows = count > static_cast<int>(groups.size());
    if (found < 0 && !grows) return OsErrorStatus("getgrouplist", ENOMEM, name);
    groups.resize(static_cast<size_t>(count));
    if (found >= 0) return groups;
  }
}

}  // namespace

absl::StatusOr<v1::Principal> IdentityOfAccount(const std::string& name) {
  std::vector<char> buffer(4096);
  passwd entry;
  passwd* found = nullptr;
  int error;
  while ((error = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) ==
         ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr && !MeansUnknown(error)) return OsErrorStatus("getpwnam_r", error, name);
  if (found == nullptr) return absl::NotFoundError(absl::StrCat("no account '", name, "'"));
  const absl::StatusOr<std::vector<gid_t>> groups = GroupsOf(name, found->pw_gid);
  if (!groups.ok()) return groups.status();
  v1::Principal principal;
  principal.set_name(found->pw_name);
  principal.mutable_posix()->set_uid(found->pw_uid);
  principal.mutable_posix()->set_gid(found->pw_gid);
  principal.mutable_posix()->mutable_groups()->Add(groups->begin(), groups->end());
  return principal;
}

}  // namespace proctor
