#ifndef PROCTOR_AGENT_WIN32_SERVICE_CONTROL_H_
#define PROCTOR_AGENT_WIN32_SERVICE_CONTROL_H_

#include <windows.h>
// After windows.h.
#include <winsvc.h>

#include <functional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/win32/service_program.h"
#include "common/mutex.h"

namespace proctor {

// The states of a service ("Service State Transitions", Microsoft Learn): starts a program, ends it
// when it is told to, and tells the service control manager how far that is.
class ServiceControl {
 public:
  struct Options {
    // While the service starts or stops it says this often that it is alive...
    absl::Duration checkpoint_interval = absl::Seconds(2);
    // ... and that it may be longer than this until the next time...
    absl::Duration wait_hint = absl::Seconds(15);
    // ... but no more after this time: a program that hangs is to be found out.
    absl::Duration patience = absl::Minutes(3);
  };
  // SetServiceStatus. Called with the lock held, so that the states come in their order.
  using Report = std::function<void(const SERVICE_STATUS& status)>;

  // `program` must outlive it.
  ServiceControl(ServiceProgram* program, Report report, Options options);
  ServiceControl(ServiceProgram* program, Report report)
      : ServiceControl(program, std::move(report), Options()) {}
  ServiceControl(const ServiceControl&) = delete;
  ServiceControl& operator=(const ServiceControl&) = delete;

  // The life of the service, to be called once; the last that is reported is SERVICE_STOPPED, after
  // which the system may end the process. A start that failed is stopped with the code of the
  // failed call as the service's own; the result is that failure.
  absl::Status Run();

  // What HandlerEx is told, on any thread; returns at once. ERROR_CALL_NOT_IMPLEMENTED for a
  // control that was not accepted. A stop while the program starts is kept until it has.
  DWORD OnControl(DWORD control);

 private:
  void Enter(DWORD state) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RequestStop();
  // Until a stop is asked for; reloads in between.
  void Serve();
  // Reports checkpoints until the end.
  void Tick();
  void Finish(const absl::Status& started);

  ServiceProgram* const program_;
  const Report report_;
  const Options options_;

  Mutex mutex_;
  CondVar changed_;
  SERVICE_STATUS status_ ABSL_GUARDED_BY(mutex_) = {};
  absl::Duration pending_for_ ABSL_GUARDED_BY(mutex_);
  bool stop_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  bool reload_wanted_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_SERVICE_CONTROL_H_
