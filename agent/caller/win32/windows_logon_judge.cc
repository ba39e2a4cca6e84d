#include "agent/caller/win32/windows_logon_judge.h"

#include <memory>
#include <utility>

namespace proctor {
namespace {

// LM20_PWLEN is 256 UTF-16 units, of at most three bytes each.
constexpr size_t kMaxPassword = 768;

// What LogonUserW says of credentials, and what it says when it had nobody to ask.
absl::StatusOr<AnonymousCaller> Verdict(absl::StatusOr<AnonymousCaller> caller) {
  if (caller.ok() || absl::IsUnavailable(caller.status())) return caller;
  absl::Status refused = absl::UnauthenticatedError(caller.status().message());
  caller.status().ForEachPayload([&refused](absl::string_view type, const absl::Cord& payload) {
    refused.SetPayload(type, payload);
  });
  return refused;
}

}  // namespace

void WindowsLogonJudge::Judge(v1::LogonCredentials* credentials, const std::string&, Done done) {
  absl::StatusOr<PasswordLogon> taken = TakePasswordLogon(credentials);
  if (!taken.ok()) return done(absl::UnauthenticatedError(taken.status().message()));
  if (taken->password.view().size() > kMaxPassword) {
    return done(absl::UnauthenticatedError("impossible credentials"));
  }
  const auto logon = std::make_shared<PasswordLogon>(*std::move(taken));
  const absl::Status queued = workers_.Run([this, logon, done] {
    absl::StatusOr<AnonymousCaller> caller = logon_.LogOn(*logon);
    logon->password = SecretBytes();
    done(Verdict(std::move(caller)));
  });
  if (!queued.ok()) done(queued);
}

}  // namespace proctor
