#ifndef PROCTOR_AGENT_WIN32_SERVICE_PROGRAM_H_
#define PROCTOR_AGENT_WIN32_SERVICE_PROGRAM_H_

#include "absl/status/status.h"

namespace proctor {

// What a service does between its start and its stop. The calls come on one thread, one after the
// other.
class ServiceProgram {
 public:
  virtual ~ServiceProgram() = default;

  // Serves when it returns OK; has released what it took when it does not. May take its time.
  virtual absl::Status Start() = 0;
  // After a Start that went well; nothing is served when it returns.
  virtual void Drain() = 0;
  // Reads the configuration again. What is wrong with it, the program has logged; it goes on with
  // what it had.
  virtual void Reload() = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_SERVICE_PROGRAM_H_
