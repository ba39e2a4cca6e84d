#ifndef PROCTOR_TESTS_AGENT_TOKEN_TOKEN_TEST_PEER_H_
#define PROCTOR_TESTS_AGENT_TOKEN_TOKEN_TEST_PEER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/token/caller_token.h"
#include "agent/token/impersonation_token.h"
#include "agent/token/launch_token.h"
#include "agent/token/primary_token.h"

namespace proctor {

// Makes tokens for tests of what comes after the pipeline.
class TokenTestPeer {
 public:
  static CallerToken Caller(uint32_t uid, const std::string& name = "") {
    v1::AuthenticationContext authentication;
    authentication.set_mechanism("a test");
    return CallerToken(TokenKey(), Who(uid, name), std::move(authentication), {});
  }

  static ImpersonationToken Impersonation(uint32_t uid) {
    return ImpersonationToken(TokenKey(), Who(uid), std::make_shared<const NoContext>());
  }

  static PrimaryToken Primary(uint32_t uid) {
    return PrimaryToken(TokenKey(), Who(uid), std::make_shared<const NoContext>(),
                        v1::Restrictions());
  }

  static LaunchToken Launch(uint32_t uid, std::vector<std::string> environment = {}) {
    LaunchEnvironment prepared;
    prepared.variables = std::move(environment);
    prepared.executable_candidates = {"/bin/true"};
    prepared.working_directory = "/";
    v1::StageReport authorised;
    authorised.set_stage(v1::AUTHORISE);
    return LaunchToken(TokenKey(), Primary(uid), std::move(prepared), {authorised});
  }

 private:
  // Of no platform: what is tested must not look inside.
  class NoContext final : public SecurityContext {};

  static std::shared_ptr<const Principal> Who(uint32_t uid, const std::string& name = "") {
    return std::make_shared<const Principal>(Principal::Posix(uid, uid, {}, name));
  }
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_TOKEN_TOKEN_TEST_PEER_H_
