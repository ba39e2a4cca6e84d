#include "agent/jobhost/linux/containment.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/linux/cgroup_mount.h"
#include "agent/jobhost/linux/cgroup_tree_factory.h"
#include "agent/jobhost/linux/session_tree_factory.h"

namespace proctor::jobhost {
namespace {

absl::StatusOr<std::unique_ptr<TreeFactory>> InCgroups(const HostOptions& options) {
  std::string parent = options.cgroup_parent;
  if (parent.empty()) {
    absl::StatusOr<std::string> own = OwnCgroupDirectory();
    if (!own.ok()) return own.status();
    parent = *std::move(own);
  }
  absl::StatusOr<std::unique_ptr<CgroupTreeFactory>> factory =
      CgroupTreeFactory::Create(parent, options.instance);
  if (!factory.ok()) return factory.status();
  return std::unique_ptr<TreeFactory>(*std::move(factory));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TreeFactory>> ChooseContainment(const HostOptions& options) {
  using Choice = HostOptions::ContainmentChoice;
  std::string note = "asked for on the command line";
  if (options.containment != Choice::kSession) {
    absl::StatusOr<std::unique_ptr<TreeFactory>> cgroups = InCgroups(options);
    // A host of the same name that is alive is no reason to do with less.
    if (cgroups.ok() || options.containment == Choice::kCgroup ||
        absl::IsFailedPrecondition(cgroups.status())) {
      return cgroups;
    }
    note = std::string(cgroups.status().message());
  }
  absl::StatusOr<std::unique_ptr<ProcessTable>> processes = ProcessTable::Open();
  if (!processes.ok()) return processes.status();
  return std::unique_ptr<TreeFactory>(new SessionTreeFactory(
      absl::StrCat("no cgroups (", note, "): a process that leaves its session, clears its ",
                   "environment and loses its parent escapes"),
      *std::move(processes)));
}

}  // namespace proctor::jobhost
