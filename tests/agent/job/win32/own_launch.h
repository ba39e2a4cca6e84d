#ifndef PROCTOR_TESTS_AGENT_JOB_WIN32_OWN_LAUNCH_H_
#define PROCTOR_TESTS_AGENT_JOB_WIN32_OWN_LAUNCH_H_

#include <memory>
#include <string>
#include <utility>

#include "agent/job/job_host.h"
#include "agent/token/win32/token_calls.h"
#include "agent/token/win32/win32_token_pipeline.h"
#include "common/clock.h"

namespace proctor {

inline std::shared_ptr<const Win32Token> OwnToken(TOKEN_TYPE type) {
  UniqueHandle process;
  ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, process.receive());
  UniqueHandle token;
  ::DuplicateTokenEx(process.get(), MAXIMUM_ALLOWED, nullptr, SecurityImpersonation, type,
                     token.receive());
  return *Win32Token::Read(std::move(token));
}

// A launch by this process's own user.
inline LaunchOrder OwnLaunch(const std::string& job_id, const v1::LaunchSpec& spec) {
  Win32TokenPipeline pipeline(TokenCalls::System(), Clock::Real(), OwnToken(TokenPrimary));
  AnonymousCaller anonymous;
  anonymous.context = OwnToken(TokenImpersonation);
  const CallerToken caller = *pipeline.Identify(anonymous);
  StageTrace trace(Clock::Real(), caller.history());
  const ImpersonationToken user = *pipeline.Impersonate(caller, spec, &trace);
  const PrimaryToken primary = *pipeline.MakePrimary(user, spec.restrictions(), &trace);
  return LaunchOrder{job_id,       *pipeline.PrepareEnvironment(primary, spec, job_id, &trace),
                     spec,         LaunchParameters(),
                     false,        nullptr,
                     absl::nullopt};
}

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_JOB_WIN32_OWN_LAUNCH_H_
