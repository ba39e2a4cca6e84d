#ifndef PROCTOR_AGENT_WIN32_SERVICE_DISPATCHER_H_
#define PROCTOR_AGENT_WIN32_SERVICE_DISPATCHER_H_

#include <string>

#include "absl/status/status.h"
#include "agent/win32/service_program.h"

namespace proctor {

// Connects this process, which the service control manager has started, to it and runs `program`
// as the service `name` (ASCII) until it is stopped. Once in a process. The failure of
// StartServiceCtrlDispatcherW (ERROR_FAILED_SERVICE_CONTROLLER_CONNECT: somebody else started the
// process), or the program's.
absl::Status RunAsService(const std::string& name, ServiceProgram* program);

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_SERVICE_DISPATCHER_H_
