#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_text.h"
#include "client/cli/table.h"
#include "client/cli/trust_text.h"
#include "client/left_behind.h"
#include "client/negotiate_handshake.h"
#include "common/clock.h"
#include "common/negotiate_context.h"
#include "common/printable.h"
#include "common/realm_check.h"

namespace proctor::cli {
namespace {

constexpr absl::Duration kUsualTimeout = absl::Seconds(10);

absl::Status NoAnswer(absl::string_view who, absl::Duration limit) {
  return absl::DeadlineExceededError(
      absl::StrCat(who, " has not answered in ", DurationText(limit)));
}

// Asks the name service where the name of the host has no dot.
absl::StatusOr<std::string> ServiceOf(absl::string_view endpoint, const TlsOptions& tls,
                                      absl::Duration limit) {
  if (!tls.service_principal.empty()) return tls.service_principal;
  const auto service = std::make_shared<std::string>();
  const absl::Status ran = RunUntil({}, limit, [service, host = HostOfEndpoint(endpoint)] {
    *service = ServicePrincipalOf(host);
  });
  return ran.ok() ? absl::StatusOr<std::string>(*service) : NoAnswer("the name service", limit);
}

// What the caller has to show, and to whom.
absl::StatusOr<Fields> TicketFields(const std::string& service) {
  const absl::StatusOr<NegotiateIdentity> identity = ReadNegotiateIdentity();
  if (!identity.ok()) return identity.status();
  Fields fields = {{"you are", Printable(identity->principal)},
                   {"credentials", Printable(identity->source)}};
  if (identity->expires != absl::InfiniteFuture()) {
    fields.emplace_back("good until", ClockText(identity->expires));
  }
  fields.emplace_back("service", Printable(service));
  return fields;
}

// No realm is asked, and nothing of Kerberos is needed.
Fields PasswordFields(const std::string& user) {
  return {{"you are", Printable(user)},
          {"credentials", "the password of --logon; no Kerberos ticket is needed"}};
}

// What was handed over, not what was asked for.
std::string HandedOver(const absl::optional<DelegationResult>& delegation, bool by_password) {
  if (by_password) return "nothing: a logon with a password hands no credentials over";
  if (!delegation.has_value()) return "nothing: not asked for (--delegate)";
  if (delegation->delegated) return "your Kerberos credentials";
  return absl::StrCat("nothing: ", Printable(delegation->reason));
}

class LoginCommand final : public Command {
 public:
  const char* name() const override { return "login"; }
  const char* summary() const override {
    return "Show what you would log in with on another machine, and try it";
  }
  void Define(CLI::App* app) override {
    app->add_flag("--check", check_,
                  "Look at all that Kerberos needs first: configuration, credentials, key "
                  "distribution centres, clock, ticket");
  }

  int Execute(Session& session) override {
    const std::string target = session.Target();
    absl::string_view endpoint = target;
    const bool over_tls = absl::ConsumePrefix(&endpoint, "tls:");
    if (check_ && (session.json() || !over_tls || ByPassword(session))) {
      return session.Fail(
          absl::InvalidArgumentError("--check: shows people (not --json) what Kerberos needs to "
                                     "reach an agent on another machine (--agent HOST); a password "
                                     "(--logon) needs nothing of it"),
          kExitFailed);
    }
    if (over_tls && !session.json()) {
      const absl::StatusOr<Fields> own = ByPassword(session)
                                             ? PasswordFields(session.options().logon)
                                             : LookAtRealm(session, endpoint);
      if (!own.ok()) return session.Fail(own.status(), kExitFailed);
      (void)session.Print(
          absl::StrCat(FieldsText(Fields{{"agent", Printable(target)}}, session.out_style()),
                       FieldsText(*own, session.out_style())));
    }
    return Try(session);
  }

 private:
  static bool ByPassword(Session& session) { return !session.options().logon.empty(); }

  // An error: there is no use in trying.
  absl::StatusOr<Fields> LookAtRealm(Session& session, absl::string_view endpoint) const {
    const absl::StatusOr<TlsOptions> tls = session.Tls();
    if (!tls.ok()) return tls.status();
    absl::StatusOr<absl::Duration> limit = session.ConnectTimeout();
    if (!limit.ok()) return limit.status();
    if (*limit == absl::ZeroDuration()) limit = kUsualTimeout;
    const absl::StatusOr<std::string> service = ServiceOf(endpoint, *tls, *limit);
    if (!service.ok()) return service.status();
    if (check_) {
      if (absl::Status checked = Check(session, *service, *limit); !checked.ok()) return checked;
    }
    return TicketFields(*service);
  }

  // Shows what it finds; an error when it finds no end.
  static absl::Status Check(Session& session, const std::string& service, absl::Duration limit) {
    const std::shared_ptr<RealmCheck> check = MakeRealmCheck(service);
    const absl::Status ran = RunUntil({}, limit, [check] { check->Run(); });
    const Style& style = session.out_style();
    (void)session.Print(FindingsText(check->findings(), style.Good("  ok"), style.Bad("  !!")));
    if (ran.ok()) return ran;
    return NoAnswer("a key distribution centre, or the name service that finds one,", limit);
  }

  static int Try(Session& session) {
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), kExitFailed);
    const absl::StatusOr<v1::WhoAmIResponse> who = (*client)->WhoAmI();
    if (!who.ok()) return session.Fail(who.status(), kExitFailed);
    if (session.json()) {
      (void)session.PrintJson(*who);
      return session.Finish(0);
    }
    const Style& style = session.out_style();
    Fields fields;
    if (const absl::optional<ServerIdentity> agent = (*client)->server_identity();
        agent.has_value()) {
      fields.emplace_back("certificate", absl::BytesToHexString(agent->certificate_sha256));
      fields.emplace_back("trusted by", TrustText(agent->trust));
    }
    fields.emplace_back("it knows you as", style.Bold(PrincipalText(who->principal())));
    fields.emplace_back("by", Printable(who->mechanism()));
    if (absl::StartsWith(session.Target(), "tls:")) {
      fields.emplace_back("handed over", HandedOver((*client)->delegation(), ByPassword(session)));
    }
    (void)session.Print(FieldsText(fields, style));
    return session.Finish(0);
  }

  bool check_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeLoginCommand() { return std::make_unique<LoginCommand>(); }

}  // namespace proctor::cli
