#include "agent/token/account_names.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr size_t kFirstBuffer = 4096;

// (uid_t)-1 means "no change" to setresuid(2) and is nobody's.
bool IsId(absl::string_view text, uint32_t* id) {
  return absl::SimpleAtoi(text, id) && *id != std::numeric_limits<uint32_t>::max();
}

// POSIX leaves open which of these a name service gives for a name that it does not know; see
// getpwnam_r(3).
bool MeansUnknown(int error) {
  return error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM;
}

class PosixAccountNames final : public AccountNames {
 public:
  absl::StatusOr<std::string> UserKey(absl::string_view name) const override {
    uint32_t id;
    if (IsId(name, &id)) return absl::StrCat(id);
    std::vector<char> buffer(kFirstBuffer);
    passwd entry;
    passwd* found = nullptr;
    int error;
    while ((error = ::getpwnam_r(std::string(name).c_str(), &entry, buffer.data(), buffer.size(),
                                 &found)) == ERANGE) {
      buffer.resize(buffer.size() * 2);
    }
    if (found != nullptr) return absl::StrCat(found->pw_uid);
    if (!MeansUnknown(error)) return OsErrorStatus("getpwnam_r", error, name);
    return absl::NotFoundError(absl::StrCat("no user '", name, "'"));
  }

  absl::StatusOr<std::string> GroupKey(absl::string_view name) const override {
    uint32_t id;
    if (IsId(name, &id)) return absl::StrCat(id);
    std::vector<char> buffer(kFirstBuffer);
    group entry;
    group* found = nullptr;
    int error;
    while ((error = ::getgrnam_r(std::string(name).c_str(), &entry, buffer.data(), buffer.size(),
                                 &found)) == ERANGE) {
      buffer.resize(buffer.size() * 2);
    }
    if (found != nullptr) return absl::StrCat(found->gr_gid);
    if (!MeansUnknown(error)) return OsErrorStatus("getgrnam_r", error, name);
    return absl::NotFoundError(absl::StrCat("no group '", name, "'"));
  }
};

}  // namespace

const AccountNames* AccountNames::System() {
  static const PosixAccountNames* const kNames = new PosixAccountNames();
  return kNames;
}

}  // namespace proctor
