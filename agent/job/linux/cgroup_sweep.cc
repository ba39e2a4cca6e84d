#include "agent/job/linux/cgroup_sweep.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/clock.h"
#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor {
namespace {

// cgroup.events is rate-limited and its poll may come late, so it is also read again this often.
constexpr int kRecheckMs = 10;

absl::Status AwaitEmpty(const std::string& events_path, absl::Duration timeout) {
  const UniqueFd events(::open(events_path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!events.valid()) return OsErrorStatus("open", errno, events_path);
  const absl::Duration deadline = Clock::Real()->Monotonic() + timeout;
  while (true) {
    char text[256];
    const ssize_t n = ::pread(events.get(), text, sizeof(text), 0);
    if (n < 0) return OsErrorStatus("pread", errno, events_path);
    if (absl::StrContains(absl::string_view(text, static_cast<size_t>(n)), "populated 0")) {
      return absl::OkStatus();
    }
    if (Clock::Real()->Monotonic() >= deadline) {
      return absl::DeadlineExceededError(absl::StrCat(events_path, ": processes remain"));
    }
    pollfd wait = {events.get(), POLLPRI, 0};
    ::poll(&wait, 1, kRecheckMs);
  }
}

void RemoveTree(const std::filesystem::path& directory) {
  std::error_code error;
  for (const auto& child : std::filesystem::directory_iterator(directory, error)) {
    if (child.is_directory(error) && !child.is_symlink(error)) RemoveTree(child.path());
  }
  ::rmdir(directory.c_str());
}

}  // namespace

absl::Status SweepCgroups(const std::string& cgroup_root, absl::Duration timeout) {
  const std::string kill_path = cgroup_root + "/cgroup.kill";
  const UniqueFd kill(::open(kill_path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!kill.valid()) {
    return errno == ENOENT ? absl::OkStatus() : OsErrorStatus("open", errno, kill_path);
  }
  if (::write(kill.get(), "1", 1) != 1) return OsErrorStatus("write", errno, kill_path);
  if (absl::Status empty = AwaitEmpty(cgroup_root + "/cgroup.events", timeout); !empty.ok()) {
    return empty;
  }
  RemoveTree(cgroup_root);
  return absl::OkStatus();
}

}  // namespace proctor
