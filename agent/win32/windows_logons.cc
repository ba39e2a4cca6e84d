#include "agent/win32/windows_logons.h"

#include <utility>

#include "common/clock.h"

namespace proctor {

WindowsLogons::WindowsLogons(const config::LogonConfig& config,
                             std::shared_ptr<const Win32Token> own, TokenPipeline* pipeline)
    : mechanism_(&judge_, pipeline, {.max_failures_per_minute = config.max_failures_per_minute()}),
      judge_(WindowsLogon(TokenCalls::System(), Clock::Real(), std::move(own))) {}

}  // namespace proctor
