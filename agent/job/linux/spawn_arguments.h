#ifndef PROCTOR_AGENT_JOB_LINUX_SPAWN_ARGUMENTS_H_
#define PROCTOR_AGENT_JOB_LINUX_SPAWN_ARGUMENTS_H_

#include <spawn.h>

namespace proctor {

// posix_spawn's two argument objects, destroyed together: for a program of a session of its own,
// with no signal blocked or handled. It inherits the descriptors that are not close-on-exec, and
// those that actions() are told of.
class SpawnArguments {
 public:
  SpawnArguments();
  ~SpawnArguments();
  SpawnArguments(const SpawnArguments&) = delete;
  SpawnArguments& operator=(const SpawnArguments&) = delete;

  posix_spawn_file_actions_t* actions() { return &actions_; }
  posix_spawnattr_t* attributes() { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LINUX_SPAWN_ARGUMENTS_H_
