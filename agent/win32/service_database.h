#ifndef PROCTOR_AGENT_WIN32_SERVICE_DATABASE_H_
#define PROCTOR_AGENT_WIN32_SERVICE_DATABASE_H_

#include <windows.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/win32/service_definition.h"

namespace proctor {

// The service control manager's entry of one service. Behind an interface because
// tests have no service control manager that refuses things. Errors are those of the call.
class ServiceDatabase {
 public:
  virtual ~ServiceDatabase() = default;

  // CreateServiceW; ALREADY_EXISTS when there is one (ERROR_SERVICE_EXISTS).
  virtual absl::Status Create(const ServiceDefinition& definition) = 0;
  // ChangeServiceConfigW: everything that Create takes.
  virtual absl::Status Change(const ServiceDefinition& definition) = 0;
  // ChangeServiceConfig2W: `info` is the structure that belongs to `level` (SERVICE_CONFIG_...).
  virtual absl::Status SetOption(DWORD level, void* info) = 0;
  // ControlService.
  virtual absl::Status Control(DWORD control) = 0;
  // Until the service has stopped and its process is gone. DEADLINE_EXCEEDED.
  virtual absl::Status AwaitStopped(absl::Duration timeout) = 0;
  // DeleteService.
  virtual absl::Status Delete() = 0;

  // The real one. `name` is ASCII.
  static std::unique_ptr<ServiceDatabase> System(const std::string& name);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_SERVICE_DATABASE_H_
