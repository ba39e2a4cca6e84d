#include "agent/jobhost/linux/held_pam_session.h"

#include <set>

#include "absl/strings/string_view.h"

namespace proctor::jobhost {
namespace {

constexpr int kSendMs = 1000;

absl::string_view NameOf(absl::string_view variable) {
  return variable.substr(0, variable.find('='));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HeldPamSession>> HeldPamSession::Open(
    const PamHelperProgram& program, const VforkStack& stack, const PamSession& session,
    absl::Duration timeout) {
  absl::StatusOr<PamHelper> helper = PamHelper::Start(program, stack);
  if (!helper.ok()) return helper.status();
  PamRequest request;
  *request.mutable_session() = session;
  if (absl::Status sent = helper->socket().SendBlocking(request, {}, kSendMs); !sent.ok()) {
    return sent;
  }
  absl::StatusOr<PamAnswer> answer = AwaitAnswer(*helper, timeout);
  if (!answer.ok()) {
    helper->Kill();
    return answer.status();
  }
  return std::unique_ptr<HeldPamSession>(
      new HeldPamSession(*std::move(helper), *std::move(answer)));
}

std::vector<const std::string*> HeldPamSession::Below(const Launch& launch) const {
  std::vector<const std::string*> variables;
  if (launch.pam_session().exact_environment()) return variables;
  std::set<absl::string_view> taken(launch.pam_session().withheld().begin(),
                                    launch.pam_session().withheld().end());
  for (const std::string& variable : launch.environment()) taken.insert(NameOf(variable));
  for (const std::string& variable : answer_.environment()) {
    if (taken.insert(NameOf(variable)).second) variables.push_back(&variable);
  }
  return variables;
}

std::vector<SpawnPlan::Limit> HeldPamSession::limits() const {
  std::vector<SpawnPlan::Limit> limits;
  for (const PamLimit& limit : answer_.limits()) {
    limits.push_back({limit.resource(), {limit.soft(), limit.hard()}});
  }
  return limits;
}

}  // namespace proctor::jobhost
