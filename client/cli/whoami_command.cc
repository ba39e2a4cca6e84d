#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_text.h"
#include "client/cli/table.h"
#include "common/printable.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

// What the realm, and the machine, say beside the name.
void AddIdentity(const v1::Principal& principal, Fields* fields) {
  if (principal.has_domain()) {
    fields->emplace_back("principal", Printable(principal.domain().principal()));
    if (!principal.domain().sid().empty()) {
      fields->emplace_back("SID", Printable(principal.domain().sid()));
      fields->emplace_back("domain groups",
                           Printable(absl::StrJoin(principal.domain().group_sids(), " ")));
    }
  }
  if (principal.has_posix()) {
    const v1::PosixIdentity& posix = principal.posix();
    fields->emplace_back("groups",
                         absl::StrCat("gid ", posix.gid(), posix.groups().empty() ? "" : "; ",
                                      absl::StrJoin(posix.groups(), " ")));
  } else if (principal.has_windows()) {
    fields->emplace_back("groups", Printable(absl::StrJoin(principal.windows().group_sids(), " ")));
  }
}

std::string NetworkText(const v1::NetworkCredentials& credentials) {
  std::string kind = absl::AsciiStrToLower(v1::NetworkCredentials::Kind_Name(credentials.kind()));
  std::string text = absl::StrReplaceAll(kind, {{"_", " "}});
  if (!credentials.reason().empty()) absl::StrAppend(&text, ": ", Printable(credentials.reason()));
  return text;
}

// What a realm's word led to on the agent.
void AddProvenance(const v1::Principal& principal, const v1::AuthenticationContext& how,
                   Fields* fields) {
  if (principal.has_posix() && !how.mapped_by().empty()) {
    fields->emplace_back("account by", Printable(how.mapped_by()));
  }
  if (!how.sids_from().empty()) fields->emplace_back("SIDs from", Printable(how.sids_from()));
  if (!how.account_checked_by().empty()) {
    fields->emplace_back("checked by", Printable(how.account_checked_by()));
  }
}

void AddAuthentication(const v1::AuthenticationContext& how, Fields* fields) {
  if (how.level() != v1::TOKEN_STAGE_UNSPECIFIED) {
    fields->emplace_back("level", absl::AsciiStrToLower(v1::TokenStage_Name(how.level())));
  }
  if (!how.service_principal().empty()) {
    fields->emplace_back("you meant", Printable(how.service_principal()));
    fields->emplace_back("bound to TLS", how.channel_bound() ? "yes" : "no");
  }
  if (how.network_credentials().kind() != v1::NetworkCredentials::KIND_UNSPECIFIED) {
    fields->emplace_back("elsewhere", NetworkText(how.network_credentials()));
  }
  if (how.has_expires()) {
    fields->emplace_back("good until", ClockText(FromTimestampProto(how.expires())));
  }
}

class WhoamiCommand final : public Command {
 public:
  const char* name() const override { return "whoami"; }
  const char* summary() const override { return "Show whom the agent takes you for"; }
  void Define(CLI::App*) override {}

  int Execute(Session& session) override {
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), kExitFailed);
    const absl::StatusOr<v1::WhoAmIResponse> who = (*client)->WhoAmI();
    if (!who.ok()) return session.Fail(who.status(), kExitFailed);
    if (session.json()) {
      (void)session.PrintJson(*who);
      return session.Finish(0);
    }
    const Style& style = session.out_style();
    Fields fields = {{"you are", style.Bold(PrincipalText(who->principal()))}};
    AddIdentity(who->principal(), &fields);
    fields.emplace_back("known by", Printable(who->mechanism()));
    AddProvenance(who->principal(), who->authentication(), &fields);
    AddAuthentication(who->authentication(), &fields);
    fields.emplace_back("administrator", who->administrator() ? "yes, of every user's jobs" : "no");
    fields.emplace_back("may launch",
                        who->can_launch()
                            ? style.Good("yes")
                            : style.Bad("no: " + Printable(who->cannot_launch_reason())));
    if (!who->can_launch() && !who->authentication().mapping_advice().empty()) {
      fields.emplace_back("what to do", Printable(who->authentication().mapping_advice()));
    }
    (void)session.Print(FieldsText(fields, style));
    return session.Finish(0);
  }
};

}  // namespace

std::unique_ptr<Command> MakeWhoamiCommand() { return std::make_unique<WhoamiCommand>(); }

}  // namespace proctor::cli
