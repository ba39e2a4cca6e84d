#include "agent/linux/pam_logons.h"

#include <algorithm>

#include "common/clock.h"

namespace proctor {
namespace {

constexpr size_t kWorkers = 2;

LogonThrottle::Options ThrottleOptions(const config::LogonConfig& config) {
  LogonThrottle::Options options;
  options.max_failures_per_minute = std::max(1u, config.max_failures_per_minute());
  return options;
}

}  // namespace

PamLogons::PamLogons(const config::LogonConfig& config, JobHostLink* host, TokenPipeline* pipeline)
    : judge_(host, config.pam_service()),
      throttle_(ThrottleOptions(config), Clock::Real()),
      workers_(kWorkers),
      mechanism_({&judge_, &throttle_, pipeline, &workers_, &refusals_},
                 {.service = config.pam_service()}) {}

}  // namespace proctor
