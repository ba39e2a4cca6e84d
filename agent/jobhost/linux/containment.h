#ifndef PROCTOR_AGENT_JOBHOST_LINUX_CONTAINMENT_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_CONTAINMENT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "agent/jobhost/host_options.h"
#include "agent/jobhost/process_tree.h"

namespace proctor::jobhost {

// The strongest containment that the options allow and the machine gives: cgroups, else sessions,
// with a note that says why not cgroups.
absl::StatusOr<std::unique_ptr<TreeFactory>> ChooseContainment(const HostOptions& options);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_CONTAINMENT_H_
