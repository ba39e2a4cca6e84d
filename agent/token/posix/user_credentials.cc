#include "agent/token/posix/user_credentials.h"

#include <grp.h>
#include <pwd.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor {
namespace {

// A passwd entry, and the text that it points into.
struct Entry {
  std::vector<char> text = std::vector<char>(4096);
  passwd fields = {};
  passwd* found = nullptr;
};

int Find(absl::string_view user, Entry* entry) {
  uint32_t uid;
  while (true) {
    const int error = absl::SimpleAtoi(user, &uid)
                          ? ::getpwuid_r(uid, &entry->fields, entry->text.data(),
                                         entry->text.size(), &entry->found)
                          : ::getpwnam_r(std::string(user).c_str(), &entry->fields,
                                         entry->text.data(), entry->text.size(), &entry->found);
    if (error != ERANGE) return error;
    entry->text.resize(entry->text.size() * 2);
  }
}

}  // namespace

absl::StatusOr<Principal> UserCredentials(absl::string_view user) {
  Entry entry;
  const int error = Find(user, &entry);
  if (entry.found == nullptr) {
    // What some name services say of a name that they do not know; getpwnam_r(3).
    if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM) {
      return absl::NotFoundError(absl::StrCat("no user '", user, "'"));
    }
    return OsErrorStatus("getpwnam_r", error, user);
  }
  std::vector<gid_t> groups(64);
  int count = static_cast<int>(groups.size());
  while (::getgrouplist(entry.fields.pw_name, entry.fields.pw_gid, groups.data(), &count) < 0) {
    // Some libraries leave the count as it was.
    groups.resize(std::max(groups.size() * 2, static_cast<size_t>(count)));
    count = static_cast<int>(groups.size());
  }
  groups.resize(static_cast<size_t>(count));
  return Principal::Posix(entry.fields.pw_uid, entry.fields.pw_gid, {groups.begin(), groups.end()},
                          entry.fields.pw_name);
}

}  // namespace proctor
