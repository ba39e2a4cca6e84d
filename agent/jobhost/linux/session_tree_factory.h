#ifndef PROCTOR_AGENT_JOBHOST_LINUX_SESSION_TREE_FACTORY_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_SESSION_TREE_FACTORY_H_

#include <memory>
#include <string>
#include <utility>

#include "agent/jobhost/linux/session_tree.h"
#include "agent/jobhost/process_tree.h"

namespace proctor::jobhost {

// Trees for machines without a writable cgroup v2.
class SessionTreeFactory final : public TreeFactory {
 public:
  SessionTreeFactory(std::string note, std::unique_ptr<ProcessTable> processes)
      : note_(std::move(note)), processes_(std::move(processes)) {}

  absl::StatusOr<std::unique_ptr<ProcessTree>> NewTree(const std::string& job_id) override {
    return std::unique_ptr<ProcessTree>(new SessionTree(job_id, processes_.get()));
  }
  Containment containment() const override { return SESSION_AND_SUBREAPER; }
  std::string note() const override { return note_; }
  std::string cgroup_root() const override { return ""; }
  bool removal_needs_privilege() const override { return false; }
  void RemoveAll() override {}

 private:
  const std::string note_;
  const std::unique_ptr<ProcessTable> processes_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_SESSION_TREE_FACTORY_H_
