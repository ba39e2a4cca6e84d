#include "agent/win32/windows_logons.h"

#include <algorithm>
#include <utility>

#include "common/clock.h"

namespace proctor {
namespace {

LogonThrottle::Options ThrottleOptions(const config::LogonConfig& config) {
  LogonThrottle::Options options;
  options.max_failures_per_minute = std::max(1u, config.max_failures_per_minute());
  return options;
}

}  // namespace

WindowsLogons::WindowsLogons(const config::LogonConfig& config,
                             std::shared_ptr<const Win32Token> own, TokenPipeline* pipeline)
    : logon_(TokenCalls::System(), Clock::Real(), std::move(own)),
      throttle_(ThrottleOptions(config), Clock::Real()),
      mechanism_({&logon_, &throttle_, pipeline, &workers_, &refusals_}) {}

}  // namespace proctor
