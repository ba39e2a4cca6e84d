#include "agent/linux/pam_judge.h"

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor {
namespace {

absl::StatusOr<std::string> Verdict(const absl::StatusOr<jobhost::LogonReply>& reply) {
  if (!reply.ok()) return reply.status();
  switch (reply->error()) {
    case 0:
      break;
    // PAM had its chance. What a module does not get done may depend on the account.
    case ETIMEDOUT:
    case EPIPE:
      return absl::UnauthenticatedError(absl::StrCat(reply->call(), ": ", reply->detail()));
    default:
      return OsErrorStatus(reply->call(), reply->error());
  }
  if (reply->pam_result() != 0) return absl::UnauthenticatedError(reply->detail());
  if (reply->user().empty()) return absl::UnauthenticatedError("PAM names no account");
  return reply->user();
}

}  // namespace

void PamJudge::Judge(PasswordAttempt attempt, Done done) {
  jobhost::Logon logon;
  logon.set_service(service_);
  logon.set_user(attempt.user);
  logon.set_password(attempt.password.view().data(), attempt.password.view().size());
  logon.set_remote_host(attempt.remote_host);
  host_->Logon(std::move(logon),
               [done = std::move(done)](const absl::StatusOr<jobhost::LogonReply>& reply) {
                 done(Verdict(reply));
               });
}

}  // namespace proctor
