#include "agent/linux/pam_logons.h"

#include <utility>

namespace proctor {

PamLogons::PamLogons(const config::LogonConfig& config, JobHostLink* host, TokenPipeline* pipeline,
                     UserWorkers* lookups, AccountLogonJudge::IdentityOf identity)
    : passwords_(host, config.pam_service()),
      mechanism_(&judge_, pipeline, {.max_failures_per_minute = config.max_failures_per_minute()}),
      judge_(&passwords_, config.pam_service(), lookups, std::move(identity)) {}

}  // namespace proctor
