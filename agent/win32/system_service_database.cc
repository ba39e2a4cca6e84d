#include <windows.h>
// After windows.h.
#include <winsvc.h>

#include <string>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "agent/win32/service_database.h"
#include "common/clock.h"
#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr DWORD kPollMs = 100;  // There is no handle that tells of a service's state.

struct CloseService {
  void operator()(SC_HANDLE handle) const {
    const DWORD error = ::GetLastError();
    ::CloseServiceHandle(handle);
    ::SetLastError(error);
  }
};
using ServiceHandle = std::unique_ptr<std::remove_pointer_t<SC_HANDLE>, CloseService>;

absl::StatusOr<ServiceHandle> OpenManager(DWORD access) {
  ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, access));
  if (manager == nullptr) return LastErrorStatus("OpenSCManagerW");
  return manager;
}

class SystemServiceDatabase final : public ServiceDatabase {
 public:
  explicit SystemServiceDatabase(const std::string& name)
      : name_(name), wide_(name.begin(), name.end()) {}

  absl::Status Create(const ServiceDefinition& definition) override {
    const absl::StatusOr<std::wstring> command = ToUtf16(definition.command_line);
    const absl::StatusOr<std::wstring> display = ToUtf16(definition.display_name);
    if (!command.ok()) return command.status();
    if (!display.ok()) return display.status();
    const absl::StatusOr<ServiceHandle> manager = OpenManager(SC_MANAGER_CREATE_SERVICE);
    if (!manager.ok()) return manager.status();
    // No account: LocalSystem.
    const ServiceHandle service(
        ::CreateServiceW(manager->get(), wide_.c_str(), display->c_str(), SERVICE_QUERY_STATUS,
                         SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                         command->c_str(), nullptr, nullptr, nullptr, nullptr, nullptr));
    return service == nullptr ? LastErrorStatus("CreateServiceW", name_) : absl::OkStatus();
  }

  absl::Status Change(const ServiceDefinition& definition) override {
    const absl::StatusOr<std::wstring> command = ToUtf16(definition.command_line);
    const absl::StatusOr<std::wstring> display = ToUtf16(definition.display_name);
    if (!command.ok()) return command.status();
    if (!display.ok()) return display.status();
    const absl::StatusOr<ServiceHandle> service = OpenService(SERVICE_CHANGE_CONFIG);
    if (!service.ok()) return service.status();
    if (::ChangeServiceConfigW(service->get(), SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START,
                               SERVICE_ERROR_NORMAL, command->c_str(), nullptr, nullptr, nullptr,
                               L"LocalSystem", nullptr, display->c_str())) {
      return absl::OkStatus();
    }
    return LastErrorStatus("ChangeServiceConfigW", name_);
  }

  absl::Status SetOption(DWORD level, void* info) override {
    // SERVICE_START is asked of who sets restarts.
    const absl::StatusOr<ServiceHandle> service =
        OpenService(SERVICE_CHANGE_CONFIG | SERVICE_START);
    if (!service.ok()) return service.status();
    if (::ChangeServiceConfig2W(service->get(), level, info)) return absl::OkStatus();
    return LastErrorStatus("ChangeServiceConfig2W", name_);
  }

  absl::Status Control(DWORD control) override {
    const DWORD access = control == SERVICE_CONTROL_STOP ? SERVICE_STOP : SERVICE_PAUSE_CONTINUE;
    const absl::StatusOr<ServiceHandle> service = OpenService(access);
    if (!service.ok()) return service.status();
    SERVICE_STATUS status = {};
    if (::ControlService(service->get(), control, &status)) return absl::OkStatus();
    return LastErrorStatus("ControlService", name_);
  }

  absl::Status AwaitStopped(absl::Duration timeout) override {
    const absl::StatusOr<ServiceHandle> service = OpenService(SERVICE_QUERY_STATUS);
    if (!service.ok()) return service.status();
    const absl::Duration deadline = Clock::Real()->Monotonic() + timeout;
    UniqueHandle process;
    SERVICE_STATUS_PROCESS status = {};
    while (true) {
      DWORD length = 0;
      if (!::QueryServiceStatusEx(service->get(), SC_STATUS_PROCESS_INFO,
                                  reinterpret_cast<BYTE*>(&status), sizeof(status), &length)) {
        return LastErrorStatus("QueryServiceStatusEx", name_);
      }
      if (status.dwCurrentState == SERVICE_STOPPED) break;
      if (!process.valid() && status.dwProcessId != 0) {
        process.reset(::OpenProcess(SYNCHRONIZE, FALSE, status.dwProcessId));
      }
      if (Clock::Real()->Monotonic() >= deadline) return Late();
      ::Sleep(kPollMs);
    }
    // Until then its program file is in use.
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    if (!process.valid() ||
        ::WaitForSingleObject(process.get(), Milliseconds(left)) == WAIT_OBJECT_0) {
      return absl::OkStatus();
    }
    return Late();
  }

  absl::Status Delete() override {
    const absl::StatusOr<ServiceHandle> service = OpenService(DELETE);
    if (!service.ok()) return service.status();
    if (::DeleteService(service->get())) return absl::OkStatus();
    return LastErrorStatus("DeleteService", name_);
  }

 private:
  absl::StatusOr<ServiceHandle> OpenService(DWORD access) const {
    const absl::StatusOr<ServiceHandle> manager = OpenManager(SC_MANAGER_CONNECT);
    if (!manager.ok()) return manager.status();
    ServiceHandle service(::OpenServiceW(manager->get(), wide_.c_str(), access));
    if (service == nullptr) return LastErrorStatus("OpenServiceW", name_);
    return service;
  }

  absl::Status Late() const {
    return absl::DeadlineExceededError(absl::StrCat("the service ", name_, " did not stop"));
  }
  static DWORD Milliseconds(absl::Duration duration) {
    return duration <= absl::ZeroDuration()
               ? 0
               : static_cast<DWORD>(absl::ToInt64Milliseconds(duration));
  }

  const std::string name_;
  const std::wstring wide_;
};

}  // namespace

std::unique_ptr<ServiceDatabase> ServiceDatabase::System(const std::string& name) {
  return std::make_unique<SystemServiceDatabase>(name);
}

}  // namespace proctor
