#include "agent/win32/service_installer.h"

#include <windows.h>
// After windows.h.
#include <winsvc.h>

#include <utility>

#include "common/os_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr absl::Duration kStopPatience = absl::Seconds(60);

bool FailedWith(const absl::Status& status, int code) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() && error->code == code;
}

DWORD Milliseconds(absl::Duration duration) {
  return static_cast<DWORD>(absl::ToInt64Milliseconds(duration));
}

// "a\0b\0\0"
absl::StatusOr<std::wstring> MultiString(const std::vector<std::string>& words) {
  std::wstring joined;
  for (const std::string& word : words) {
    const absl::StatusOr<std::wstring> wide = ToUtf16(word);
    if (!wide.ok()) return wide.status();
    joined += *wide;
    joined.push_back(L'\0');
  }
  joined.push_back(L'\0');
  return joined;
}

}  // namespace

absl::StatusOr<ServiceInstaller::Installed> ServiceInstaller::Install(
    const ServiceDefinition& definition, const std::function<absl::Status()>& prepare) const {
  Installed installed;
  absl::Status status = database_->Create(definition);
  installed.created = status.ok();
  if (FailedWith(status, ERROR_SERVICE_EXISTS)) status = database_->Change(definition);
  if (!status.ok()) return status;
  status = prepare();
  if (status.ok()) status = SetOptions(definition, &installed.missing);
  if (status.ok()) return installed;
  if (installed.created) (void)database_->Delete();
  return status;
}

absl::Status ServiceInstaller::SetOptions(const ServiceDefinition& definition,
                                          std::vector<std::string>* missing) const {
  absl::StatusOr<std::wstring> text = ToUtf16(definition.description);
  if (!text.ok()) return text.status();
  absl::StatusOr<std::wstring> privileges = MultiString(definition.privileges);
  if (!privileges.ok()) return privileges.status();

  SERVICE_DESCRIPTIONW description = {text->data()};
  SERVICE_DELAYED_AUTO_START_INFO delayed = {TRUE};
  SERVICE_SID_INFO sid = {SERVICE_SID_TYPE_UNRESTRICTED};
  SERVICE_REQUIRED_PRIVILEGES_INFOW required = {privileges->data()};
  SERVICE_PRESHUTDOWN_INFO preshutdown = {Milliseconds(definition.preshutdown_timeout)};
  std::vector<SC_ACTION> actions;
  for (const absl::Duration delay : definition.restart_delays) {
    actions.push_back({SC_ACTION_RESTART, Milliseconds(delay)});
  }
  SERVICE_FAILURE_ACTIONSW failure = {};
  failure.dwResetPeriod = static_cast<DWORD>(absl::ToInt64Seconds(definition.failure_memory));
  failure.cActions = static_cast<DWORD>(actions.size());
  failure.lpsaActions = actions.data();
  // Also for a service that stops by itself with an error: a start that failed.
  SERVICE_FAILURE_ACTIONS_FLAG flag = {TRUE};

  const struct {
    DWORD level;
    void* info;
    const char* name;
  } options[] = {{SERVICE_CONFIG_DESCRIPTION, &description, "description"},
                 {SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required, "required privileges"},
                 {SERVICE_CONFIG_SERVICE_SID_INFO, &sid, "service SID"},
                 {SERVICE_CONFIG_FAILURE_ACTIONS, &failure, "recovery actions"},
                 {SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag, "recovery after a failed start"},
                 {SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, "preshutdown timeout"},
                 {SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed, "delayed start"}};
  for (const auto& option : options) {
    const absl::Status set = database_->SetOption(option.level, option.info);
    // Every Windows that this runs on knows all of them; Wine does not.
    if (FailedWith(set, ERROR_INVALID_LEVEL) || FailedWith(set, ERROR_CALL_NOT_IMPLEMENTED)) {
      missing->push_back(option.name);
    } else if (!set.ok()) {
      return set;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ServiceInstaller::Uninstall() const {
  const absl::Status stop = database_->Control(SERVICE_CONTROL_STOP);
  if (FailedWith(stop, ERROR_SERVICE_DOES_NOT_EXIST)) return false;
  // Not running, or stopping or starting already.
  if (!stop.ok() && !FailedWith(stop, ERROR_SERVICE_NOT_ACTIVE) &&
      !FailedWith(stop, ERROR_SERVICE_CANNOT_ACCEPT_CTRL)) {
    return stop;
  }
  if (absl::Status stopped = database_->AwaitStopped(kStopPatience); !stopped.ok()) return stopped;
  const absl::Status deleted = database_->Delete();
  // Somebody else's uninstall, which waits for the last open handle.
  if (!deleted.ok() && !FailedWith(deleted, ERROR_SERVICE_MARKED_FOR_DELETE)) return deleted;
  return true;
}

}  // namespace proctor
