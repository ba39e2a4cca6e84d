#ifndef PROCTOR_AGENT_TOKEN_CALLER_TOKEN_H_
#define PROCTOR_AGENT_TOKEN_CALLER_TOKEN_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/token/principal.h"
#include "agent/token/security_context.h"
#include "agent/token/token_key.h"
#include "proctor/v1/authentication.pb.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor {

// Stage IDENTIFICATION: the agent knows who calls and may decide on it, nothing more. Immutable;
// shared by all calls of a connection or session.
class CallerToken {
 public:
  CallerToken(TokenKey, std::shared_ptr<const Principal> principal,
              v1::AuthenticationContext authentication, std::vector<v1::StageReport> history,
              std::shared_ptr<const SecurityContext> context = nullptr,
              std::shared_ptr<const SecurityContext> delegated = nullptr)
      : principal_(std::move(principal)),
        authentication_(std::move(authentication)),
        history_(std::move(history)),
        context_(std::move(context)),
        delegated_(std::move(delegated)) {}

  const std::shared_ptr<const Principal>& principal() const { return principal_; }
  const std::string& mechanism() const { return authentication_.mechanism(); }
  const v1::AuthenticationContext& authentication() const { return authentication_; }
  // AUTHENTICATE and IDENTIFY, as they happened when the connection was made.
  const std::vector<v1::StageReport>& history() const { return history_; }
  // The caller's own token, where the platform has one; null on POSIX.
  const std::shared_ptr<const SecurityContext>& context() const { return context_; }
  // What the caller handed over for other machines; null without.
  const std::shared_ptr<const SecurityContext>& delegated() const { return delegated_; }

 private:
  std::shared_ptr<const Principal> principal_;
  v1::AuthenticationContext authentication_;
  std::vector<v1::StageReport> history_;
  std::shared_ptr<const SecurityContext> context_;
  std::shared_ptr<const SecurityContext> delegated_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_CALLER_TOKEN_H_
