#ifndef PROCTOR_AGENT_WIN32_SERVICE_INSTALLER_H_
#define PROCTOR_AGENT_WIN32_SERVICE_INSTALLER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/win32/service_database.h"
#include "agent/win32/service_definition.h"

namespace proctor {

// Puts the service into the database and takes it out. Either may be done again at any time: what
// is there already is brought to the wanted state.
class ServiceInstaller {
 public:
  struct Installed {
    bool created = false;  // Not there before.
    // Options that this system does not have (Wine).
    std::vector<std::string> missing;
  };

  // `database` must outlive it.
  explicit ServiceInstaller(ServiceDatabase* database) : database_(database) {}

  // `prepare` makes what the service needs beside its entry; it runs once the database has let us
  // in, so that who may not install leaves nothing behind. A new entry goes when something fails.
  absl::StatusOr<Installed> Install(const ServiceDefinition& definition,
                                    const std::function<absl::Status()>& prepare) const;

  // Stops and removes it; whether it was there.
  absl::StatusOr<bool> Uninstall() const;

 private:
  absl::Status SetOptions(const ServiceDefinition& definition,
                          std::vector<std::string>* missing) const;

  ServiceDatabase* const database_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_SERVICE_INSTALLER_H_
