#include "agent/jobhost/linux/cgroup_mount.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/jobhost/linux/small_file.h"

namespace proctor::jobhost {
namespace {

// mountinfo writes space, tab, newline and backslash as \ooo.
std::string Unescape(absl::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      const int code = (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0');
      plain += static_cast<char>(code);
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

}  // namespace

absl::StatusOr<std::string> CgroupDirectoryFrom(absl::string_view cgroup,
                                                absl::string_view mountinfo) {
  std::string own;
  for (absl::string_view line : absl::StrSplit(cgroup, '\n')) {
    if (absl::ConsumePrefix(&line, "0::")) own = std::string(line);
  }
  if (own.empty()) return absl::UnavailableError("this process is in no cgroup v2 hierarchy");
  for (const absl::string_view line : absl::StrSplit(mountinfo, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ');
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 6 || dash == fields.end() || dash + 1 == fields.end()) continue;
    if (*(dash + 1) != "cgroup2") continue;
    // A bind mount or a container may show only a part of the hierarchy.
    std::string root = Unescape(fields[3]);
    if (root == "/") root.clear();
    absl::string_view below = own;
    if (!absl::ConsumePrefix(&below, root) || (!below.empty() && below[0] != '/')) continue;
    return absl::StrCat(Unescape(fields[4]), below == "/" ? "" : below);
  }
  return absl::UnavailableError("no cgroup v2 hierarchy is mounted that shows this process");
}

absl::StatusOr<std::string> OwnCgroupDirectory() {
  absl::StatusOr<std::string> cgroup = ReadSmallFile("/proc/self/cgroup");
  if (!cgroup.ok()) return cgroup.status();
  absl::StatusOr<std::string> mountinfo = ReadSmallFile("/proc/self/mountinfo");
  if (!mountinfo.ok()) return mountinfo.status();
  return CgroupDirectoryFrom(*cgroup, *mountinfo);
}

}  // namespace proctor::jobhost
