#include "agent/win32/service_control.h"

#include <thread>
#include <utility>

#include "common/os_error.h"

namespace proctor {
namespace {

constexpr DWORD kStopControls = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN;

DWORD AcceptedIn(DWORD state) {
  switch (state) {
    case SERVICE_START_PENDING:
      return kStopControls;
    case SERVICE_RUNNING:
      return kStopControls | SERVICE_ACCEPT_PARAMCHANGE;
    default:
      return 0;
  }
}

bool IsPending(DWORD state) {
  return state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
}

// Shown by the service manager beside "service-specific error".
DWORD SpecificCode(const absl::Status& failure) {
  const absl::optional<OsError> error = GetOsError(failure);
  return static_cast<DWORD>(
      error.has_value() && error->code != 0 ? error->code : static_cast<int>(failure.code()));
}

}  // namespace

ServiceControl::ServiceControl(ServiceProgram* program, Report report, Options options)
    : program_(program), report_(std::move(report)), options_(options) {
  status_.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
}

void ServiceControl::Enter(DWORD state) {
  status_.dwCurrentState = state;
  status_.dwControlsAccepted = AcceptedIn(state);
  status_.dwCheckPoint = IsPending(state) ? 1 : 0;
  status_.dwWaitHint =
      IsPending(state) ? static_cast<DWORD>(absl::ToInt64Milliseconds(options_.wait_hint)) : 0;
  pending_for_ = absl::ZeroDuration();
  report_(status_);
}

absl::Status ServiceControl::Run() {
  {
    const MutexLock lock(&mutex_);
    Enter(SERVICE_START_PENDING);
  }
  std::thread ticker([this] { Tick(); });
  const absl::Status started = program_->Start();
  if (started.ok()) {
    Serve();
    program_->Drain();
  }
  {
    const MutexLock lock(&mutex_);
    over_ = true;
  }
  changed_.NotifyAll();
  ticker.join();
  Finish(started);
  return started;
}

void ServiceControl::Serve() {
  MutexLock lock(&mutex_);
  if (!stop_wanted_) Enter(SERVICE_RUNNING);
  while (!stop_wanted_) {
    if (std::exchange(reload_wanted_, false)) {
      mutex_.Unlock();
      program_->Reload();
      mutex_.Lock();
    } else {
      changed_.Wait(&mutex_);
    }
  }
}

void ServiceControl::Tick() {
  MutexLock lock(&mutex_);
  while (!over_) {
    if (changed_.WaitFor(&mutex_, options_.checkpoint_interval)) continue;
    if (!IsPending(status_.dwCurrentState)) continue;
    pending_for_ += options_.checkpoint_interval;
    if (pending_for_ > options_.patience) continue;
    ++status_.dwCheckPoint;
    report_(status_);
  }
}

void ServiceControl::Finish(const absl::Status& started) {
  const MutexLock lock(&mutex_);
  // Whoever stopped it is not helped by a restart.
  if (!started.ok() && !stop_wanted_) {
    status_.dwWin32ExitCode = ERROR_SERVICE_SPECIFIC_ERROR;
    status_.dwServiceSpecificExitCode = SpecificCode(started);
  }
  Enter(SERVICE_STOPPED);
}

void ServiceControl::RequestStop() {
  {
    const MutexLock lock(&mutex_);
    if (over_ || std::exchange(stop_wanted_, true)) return;
    Enter(SERVICE_STOP_PENDING);
  }
  changed_.NotifyAll();
}

DWORD ServiceControl::OnControl(DWORD control) {
  switch (control) {
    case SERVICE_CONTROL_INTERROGATE:  // The manager has the state of the last report.
      return NO_ERROR;
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_PRESHUTDOWN:
      RequestStop();
      return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE: {
      const MutexLock lock(&mutex_);
      reload_wanted_ = true;
      changed_.NotifyAll();
      return NO_ERROR;
    }
    default:
      return ERROR_CALL_NOT_IMPLEMENTED;
  }
}

}  // namespace proctor
