#include "agent/jobhost/linux/cgroup_tree_factory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/linux/cgroup_tree.h"
#include "agent/jobhost/linux/small_file.h"
#include "common/log.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

constexpr size_t kMaxFree = 1024;
constexpr int64_t kLeftoverDeadlineNs = 10LL * 1000 * 1000 * 1000;

absl::StatusOr<std::vector<std::string>> ChildDirectories(int directory_fd) {
  absl::StatusOr<UniqueFd> fd = OpenAt(directory_fd, ".", O_RDONLY | O_DIRECTORY);
  if (!fd.ok()) return fd.status();
  DIR* const listing = ::fdopendir(fd->get());
  if (listing == nullptr) return OsErrorStatus("fdopendir", errno);
  fd->release();
  std::vector<std::string> names;
  while (const dirent* const entry = ::readdir(listing)) {
    if (entry->d_type == DT_DIR && entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  ::closedir(listing);
  return names;
}

// Removes the cgroups below, which must be empty of processes.
absl::Status RemoveBelow(int directory_fd) {
  const absl::StatusOr<std::vector<std::string>> names = ChildDirectories(directory_fd);
  if (!names.ok()) return names.status();
  for (const std::string& name : *names) {
    absl::StatusOr<UniqueFd> child = OpenAt(directory_fd, name, O_RDONLY | O_DIRECTORY);
    if (!child.ok()) return child.status();
    // A job of uid 0 may have made cgroups of its own.
    const absl::Status removed = RemoveBelow(child->get());
    if (!removed.ok()) return removed;
    if (::unlinkat(directory_fd, name.c_str(), AT_REMOVEDIR) != 0) {
      return OsErrorStatus("unlinkat", errno, name);
    }
  }
  return absl::OkStatus();
}

absl::Status KillLeftovers(int directory_fd, const std::string& root) {
  absl::StatusOr<UniqueFd> events = OpenAt(directory_fd, "cgroup.events", O_RDONLY);
  if (!events.ok()) return events.status();
  const int64_t give_up_ns = MonotonicNs() + kLeftoverDeadlineNs;
  while (true) {
    char text[128] = {};
    if (::pread(events->get(), text, sizeof(text) - 1, 0) < 0) {
      return OsErrorStatus("pread", errno, "cgroup.events");
    }
    if (std::strstr(text, "populated 0") != nullptr) break;
    if (MonotonicNs() > give_up_ns) {
      return absl::DeadlineExceededError(
          absl::StrCat("processes of an earlier host do not end in ", root));
    }
    const absl::Status killed = WriteSmallFile(directory_fd, "cgroup.kill", "1");
    if (!killed.ok()) return killed;
    pollfd changed = {events->get(), POLLPRI, 0};
    ::poll(&changed, 1, 100);
  }
  return RemoveBelow(directory_fd);
}

}  // namespace

absl::StatusOr<std::unique_ptr<CgroupTreeFactory>> CgroupTreeFactory::Create(
    const std::string& parent, const std::string& instance) {
  const std::string root = absl::StrCat(parent, "/proctor-", instance);
  if (::mkdir(root.c_str(), 0755) != 0 && errno != EEXIST) {
    return OsErrorStatus("mkdir", errno, root);
  }
  absl::StatusOr<UniqueFd> directory = OpenAt(AT_FDCWD, root, O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return directory.status();
  // What lives there is somebody's jobs unless that host is gone.
  if (::flock(directory->get(), LOCK_EX | LOCK_NB) != 0) {
    return OsErrorStatus(absl::StatusCode::kFailedPrecondition, "flock", errno,
                         absl::StrCat(root, " (another job host of this instance is running)"));
  }
  const absl::Status cleared = KillLeftovers(directory->get(), root);
  if (!cleared.ok()) return cleared;
  std::unique_ptr<CgroupTreeFactory> factory(new CgroupTreeFactory(root, *std::move(directory)));
  // Tells now, not at the first launch, whether this works; and the first job finds it ready.
  absl::StatusOr<std::unique_ptr<ProcessTree>> first = factory->NewTree("");
  if (!first.ok()) {
    ::rmdir(root.c_str());
    return first.status();
  }
  return factory;
}

std::unique_ptr<CgroupSlot> CgroupTreeFactory::TakeFree() {
  MutexLock lock(&mutex_);
  if (free_.empty()) {
    for (size_t i = 0; i < occupied_.size() && free_.empty(); ++i) {
      if (occupied_[i]->Populated()) continue;
      std::swap(occupied_[i], occupied_.back());
      Keep(std::move(occupied_.back()));
      occupied_.pop_back();
    }
  }
  if (free_.empty()) return nullptr;
  std::unique_ptr<CgroupSlot> slot = std::move(free_.back());
  free_.pop_back();
  return slot;
}

absl::StatusOr<std::unique_ptr<ProcessTree>> CgroupTreeFactory::NewTree(const std::string&) {
  std::unique_ptr<CgroupSlot> slot = TakeFree();
  if (slot == nullptr) {
    std::string name;
    {
      MutexLock lock(&mutex_);
      name = absl::StrCat("slot-", ++made_);
    }
    absl::StatusOr<std::unique_ptr<CgroupSlot>> made = CgroupSlot::Create(directory_.get(), name);
    if (!made.ok()) return made.status();
    slot = *std::move(made);
  }
  ++slot->generation;
  return std::unique_ptr<ProcessTree>(new CgroupTree(this, std::move(slot)));
}

void CgroupTreeFactory::Return(std::unique_ptr<CgroupSlot> slot, bool empty) {
  MutexLock lock(&mutex_);
  if (!empty) {
    occupied_.push_back(std::move(slot));
  } else {
    Keep(std::move(slot));
  }
}

void CgroupTreeFactory::Keep(std::unique_ptr<CgroupSlot> slot) {
  if (!slot->spent() && free_.size() < kMaxFree) {
    free_.push_back(std::move(slot));
  } else {
    ::unlinkat(directory_.get(), slot->name().c_str(), AT_REMOVEDIR);
  }
}

bool CgroupTreeFactory::removal_needs_privilege() const {
  struct stat parent;
  // The root of the hierarchy has mode 0555.
  return ::fstatat(directory_.get(), "..", &parent, 0) == 0 && (parent.st_mode & S_IWUSR) == 0;
}

void CgroupTreeFactory::RemoveAll() {
  {
    MutexLock lock(&mutex_);
    free_.clear();
    occupied_.clear();
  }
  absl::Status removed = KillLeftovers(directory_.get(), root_);
  if (removed.ok() && ::rmdir(root_.c_str()) != 0) removed = OsErrorStatus("rmdir", errno, root_);
  if (!removed.ok()) LogWarning("cannot remove the cgroups: ", removed.ToString());
}

}  // namespace proctor::jobhost
