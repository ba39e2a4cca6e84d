#include "agent/token/posix/account_identity.h"

#include <grp.h>
#include <pwd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/token/principal.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr size_t kMaxEntryBytes = 1 << 20;

// A passwd entry, and the text that it points into.
struct Entry {
  std::vector<char> text = std::vector<char>(4096);
  passwd fields = {};
  passwd* found = nullptr;
};

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

// `find` is getpwnam_r or getpwuid_r with its first argument given.
template <typename Find>
absl::StatusOr<v1::Principal> Identity(const char* call, const std::string& asked, Find find) {
  Entry entry;
  int error;
  while ((error = find(&entry)) == ERANGE && entry.text.size() < kMaxEntryBytes) {
    entry.text.resize(entry.text.size() * 2);
  }
  if (entry.found == nullptr && !MeansUnknown(error)) return OsErrorStatus(call, error, asked);
  // glibc gives 0 for what all services answered; what an errno says is that one of them did not.
  if (entry.found == nullptr && error != 0) {
    return OsErrorStatus(absl::StatusCode::kNotFound, call, error, asked);
  }
  if (entry.found == nullptr) return absl::NotFoundError(absl::StrCat("no account '", asked, "'"));
  const absl::StatusOr<std::vector<gid_t>> groups =
      GroupsOf(entry.fields.pw_name, entry.fields.pw_gid);
  if (!groups.ok()) return groups.status();
  return Principal::Posix(entry.fields.pw_uid, entry.fields.pw_gid,
                          {groups->begin(), groups->end()}, entry.fields.pw_name)
      .proto();
}

}  // namespace

absl::StatusOr<v1::Principal> IdentityOfAccount(const std::string& name) {
  return Identity("getpwnam_r", name, [&name](Entry* entry) {
    return ::getpwnam_r(name.c_str(), &entry->fields, entry->text.data(), entry->text.size(),
                        &entry->found);
  });
}

absl::StatusOr<v1::Principal> IdentityOfUid(uid_t uid) {
  return Identity("getpwuid_r", absl::StrCat(uid), [uid](Entry* entry) {
    return ::getpwuid_r(uid, &entry->fields, entry->text.data(), entry->text.size(), &entry->found);
  });
}

}  // namespace proctor
