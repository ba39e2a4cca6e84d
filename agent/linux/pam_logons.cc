#include "agent/linux/pam_logons.h"

namespace proctor {

PamLogons::PamLogons(const config::LogonConfig& config, JobHostLink* host, TokenPipeline* pipeline,
                     UserWorkers* lookups)
    : passwords_(host, config.pam_service()),
      mechanism_(&judge_, pipeline, {.max_failures_per_minute = config.max_failures_per_minute()}),
      judge_(&passwords_, config.pam_service(), lookups) {}

}  // namespace proctor
