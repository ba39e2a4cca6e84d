#ifndef PROCTOR_CLIENT_RUN_CALLBACKS_H_
#define PROCTOR_CLIENT_RUN_CALLBACKS_H_

#include <functional>

#include "proctor/v1/agent.pb.h"

namespace proctor {

// What a Run tells while it goes on. Each may be empty. They are called on the thread that called
// Run, one after the other, never under a lock; they may use the client, for example to Kill the
// job.
struct RunCallbacks {
  // Once, before anything else.
  std::function<void(const v1::LaunchResponse&)> on_launched;
  // In order within a stream, every byte once, also across a broken connection.
  std::function<void(const v1::OutputChunk&)> on_output;
  // Once; output may follow.
  std::function<void(const v1::ExitRecord&)> on_main_exited;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_RUN_CALLBACKS_H_
