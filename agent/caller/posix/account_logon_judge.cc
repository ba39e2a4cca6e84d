#include "agent/caller/posix/account_logon_judge.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "agent/token/posix/pam_logon.h"
#include "common/clock.h"
#include "common/erase_secret.h"

namespace proctor {
namespace {

constexpr size_t kMaxUser = 256;
constexpr size_t kMaxPassword = 4096;

// As the name service writes a user of a domain. The domain "." is the machine itself.
std::string AccountOf(const v1::LogonCredentials& credentials) {
  const std::string& domain = credentials.domain();
  if (domain.empty() || domain == ".") return credentials.user();
  return absl::StrCat(domain, "\\", credentials.user());
}

absl::StatusOr<AnonymousCaller> CallerOf(const std::string& service, const std::string& user,
                                         absl::StatusOr<v1::Principal> principal,
                                         absl::Duration begun) {
  // PAM knows accounts that the name service does not: nobody of this machine.
  if (absl::IsNotFound(principal.status())) {
    return absl::UnauthenticatedError(principal.status().message());
  }
  // A name service that does not answer is no fault of the password's.
  if (!principal.ok()) return principal.status();
  // Whatever PAM permits: nobody is the superuser over the network.
  if (principal->posix().uid() == 0) {
    return absl::UnauthenticatedError("the superuser does not log on over the network");
  }
  AnonymousCaller caller;
  caller.credentials = *std::move(principal);
  caller.context = std::make_shared<const PamLogon>(service, user);
  caller.authentication.set_mechanism("password (PAM)");
  caller.authentication.set_level(v1::PRIMARY);
  caller.authentication.set_account_checked_by(
      absl::StrCat("PAM account management, service ", service));
  v1::NetworkCredentials* network = caller.authentication.mutable_network_credentials();
  network->set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
  network->set_reason("PAM judges a password and keeps nothing that other machines would accept");
  caller.call = "pam_authenticate, pam_acct_mgmt, getpwnam_r, getgrouplist";
  caller.duration = Clock::Real()->Monotonic() - begun;
  return caller;
}

}  // namespace

void AccountLogonJudge::Judge(v1::LogonCredentials* credentials, const std::string& remote_host,
                              Done done) {
  const absl::Duration begun = Clock::Real()->Monotonic();
  PasswordAttempt attempt;
  attempt.user = AccountOf(*credentials);
  attempt.remote_host = remote_host;
  attempt.password = SecretBytes(std::move(*credentials->mutable_password()));
  EraseSecret(credentials->mutable_password());
  if (credentials->user().empty() || attempt.user.size() > kMaxUser ||
      attempt.password.view().size() > kMaxPassword ||
      attempt.user.find('\0') != std::string::npos) {
    return done(absl::UnauthenticatedError("impossible credentials"));
  }
  passwords_->Judge(std::move(attempt), [this, begun, done](absl::StatusOr<std::string> user) {
    if (!user.ok()) return done(user.status());
    lookups_->Run<AnonymousCaller>(
        *user,
        [service = service_, identity = identity_, begun, name = *user] {
          return CallerOf(service, name, identity(name), begun);
        },
        done);
  });
}

}  // namespace proctor
