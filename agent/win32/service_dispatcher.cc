#include "agent/win32/service_dispatcher.h"

#include "agent/win32/service_control.h"
#include "common/win32/last_error.h"

namespace proctor {
namespace {

// ServiceMain has no argument of ours.
struct Running {
  std::wstring name;
  ServiceProgram* program = nullptr;
  SERVICE_STATUS_HANDLE handle = nullptr;
  absl::Status result;
};
Running* running = nullptr;

DWORD WINAPI OnControl(DWORD control, DWORD, void*, void* context) {
  return static_cast<ServiceControl*>(context)->OnControl(control);
}

void WINAPI ServiceMain(DWORD, wchar_t**) {
  // Never deleted: a control may be on its way when the service has stopped.
  auto* const control = new ServiceControl(running->program, [](const SERVICE_STATUS& status) {
    SERVICE_STATUS copy = status;
    ::SetServiceStatus(running->handle, &copy);
  });
  running->handle = ::RegisterServiceCtrlHandlerExW(running->name.c_str(), &OnControl, control);
  running->result = running->handle == nullptr ? LastErrorStatus("RegisterServiceCtrlHandlerExW")
                                               : control->Run();
}

}  // namespace

absl::Status RunAsService(const std::string& name, ServiceProgram* program) {
  // As long as the process, for the same reason.
  running = new Running;
  running->name.assign(name.begin(), name.end());
  running->program = program;
  const SERVICE_TABLE_ENTRYW table[] = {{running->name.data(), &ServiceMain}, {nullptr, nullptr}};
  if (!::StartServiceCtrlDispatcherW(table)) {
    return LastErrorStatus("StartServiceCtrlDispatcherW");
  }
  return running->result;
}

}  // namespace proctor
