#ifndef PROCTOR_AGENT_TOKEN_LAUNCH_TOKEN_H_
#define PROCTOR_AGENT_TOKEN_LAUNCH_TOKEN_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/token/primary_token.h"
#include "agent/token/principal.h"
#include "agent/token/security_context.h"
#include "agent/token/token_key.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// What the prepared environment of a launch consists of.
struct LaunchEnvironment {
  // "NAME=value", complete: nothing is inherited from the agent.
  std::vector<std::string> variables;
  // Programs to try in order, as the user.
  std::vector<std::string> executable_candidates;
  // They are one program in each directory of PATH. POSIX only: elsewhere PATH has been searched.
  bool candidates_from_path = false;
  std::string command_line;  // Windows only, where a process gets one string.
  std::string working_directory;
  // The root directory serves when the (default) working directory does not exist.
  bool working_directory_may_be_missing = false;
  uint32_t umask = 022;
  // Redirected files that were opened as the user; the platform's own, null without.
  std::shared_ptr<const SecurityContext> files;
  // What the job can prove to other machines; the credentials themselves where they are not part of
  // the token (POSIX: DelegatedCredentials), else null.
  v1::NetworkCredentials network_credentials;
  std::shared_ptr<const SecurityContext> delegated;
  // Windows: the account whose profile the job host is to hold for the tree's life, empty without,
  // and the agent's own reference to it, for as long as this token is on its way to the host.
  std::string profile_user;
  std::shared_ptr<const SecurityContext> profile;
};

// The last stage: everything a process of `user` starts with. The job host creates it, having read
// back what it asked for. Holds environment values: never logged, never journalled.
class LaunchToken {
 public:
  LaunchToken(TokenKey, PrimaryToken primary, LaunchEnvironment environment,
              std::vector<v1::StageReport> stages)
      : primary_(std::move(primary)),
        environment_(std::move(environment)),
        stages_(std::move(stages)) {}

  const std::shared_ptr<const Principal>& user() const { return primary_.user(); }
  const SecurityContext& context() const { return *primary_.context(); }
  const v1::Restrictions& restrictions() const { return primary_.restrictions(); }
  const LaunchEnvironment& environment() const { return environment_; }
  // The stages walked so far.
  const std::vector<v1::StageReport>& stages() const { return stages_; }
  std::vector<v1::StageReport> TakeStages() { return std::move(stages_); }

 private:
  PrimaryToken primary_;
  LaunchEnvironment environment_;
  std::vector<v1::StageReport> stages_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_LAUNCH_TOKEN_H_
