#include "agent/jobhost/linux/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

struct Need {
  int capability;
  const char* name;
  const char* without;  // Null: nothing to tell.
};

constexpr Need kNeeds[] = {
    {CAP_SETUID, "CAP_SETUID", "jobs run only as the job host's own user"},
    {CAP_SETGID, "CAP_SETGID", "jobs run only with the job host's own groups"},
    {CAP_KILL, "CAP_KILL", "other users' processes cannot be signalled"},
    {CAP_CHOWN, "CAP_CHOWN", "other users' jobs cannot open /dev/stdout"},
    {CAP_SETPCAP, "CAP_SETPCAP", "the capability bounding set of a job cannot be dropped"},
    {CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE", nullptr},
};

constexpr Need kReadEnvironments = {CAP_SYS_PTRACE, "CAP_SYS_PTRACE",
                                    "other users' processes are found by session and descent only"};

constexpr Need kRaisePriority = {CAP_SYS_NICE, "CAP_SYS_NICE",
                                 "jobs have the job host's nice value and scheduling policy"};

struct Sets {
  uint64_t effective = 0;
  uint64_t permitted = 0;
};

absl::StatusOr<Sets> Read() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return OsErrorStatus("capget", errno);
  return Sets{data[0].effective | static_cast<uint64_t>(data[1].effective) << 32,
              data[0].permitted | static_cast<uint64_t>(data[1].permitted) << 32};
}

absl::Status Write(uint64_t effective, uint64_t permitted) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct data[2] = {
      {static_cast<uint32_t>(effective), static_cast<uint32_t>(permitted), 0},
      {static_cast<uint32_t>(effective >> 32), static_cast<uint32_t>(permitted >> 32), 0}};
  if (::syscall(SYS_capset, &header, data) != 0) return OsErrorStatus("capset", errno);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> MayChangeIdentity() {
  const absl::StatusOr<Sets> sets = Read();
  if (!sets.ok()) return sets.status();
  constexpr uint64_t kBoth = 1ULL << CAP_SETUID | 1ULL << CAP_SETGID;
  return (sets->permitted & kBoth) == kBoth;
}

absl::StatusOr<std::vector<std::string>> ReduceCapabilities(const CapabilityUse& use) {
  const absl::StatusOr<Sets> sets = Read();
  if (!sets.ok()) return sets.status();
  std::vector<Need> needs(std::begin(kNeeds), std::end(kNeeds));
  if (use.read_environments) needs.push_back(kReadEnvironments);
  if (use.raise_priority) needs.push_back(kRaisePriority);
  uint64_t wanted = 0;
  std::vector<std::string> missing;
  for (const Need& need : needs) {
    wanted |= 1ULL << need.capability;
    const bool held = (sets->permitted >> need.capability & 1) != 0;
    if (!held && need.without != nullptr) {
      missing.push_back(absl::StrCat(need.name, ": ", need.without));
    }
  }
  const uint64_t later = use.remove_cgroups ? 1ULL << CAP_DAC_OVERRIDE : 0;
  const absl::Status written = Write(sets->permitted & wanted, sets->permitted & (wanted | later));
  if (!written.ok()) return written;
  return missing;
}

absl::Status RaisePermitted() {
  const absl::StatusOr<Sets> sets = Read();
  if (!sets.ok()) return sets.status();
  return Write(sets->permitted, sets->permitted);
}

}  // namespace proctor::jobhost
