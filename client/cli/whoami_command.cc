#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/job_text.h"
#include "client/cli/table.h"

namespace proctor::cli {
namespace {

class WhoamiCommand final : public Command {
 public:
  const char* name() const override { return "whoami"; }
  const char* summary() const override { return "Show whom the agent takes you for"; }
  void Define(CLI::App*) override {}

  int Execute(Session& session) override {
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), 1);
    const absl::StatusOr<v1::WhoAmIResponse> who = (*client)->WhoAmI();
    if (!who.ok()) return session.Fail(who.status(), 1);
    if (session.json()) {
      (void)session.PrintJson(*who);
      return session.Finish(0);
    }
    const Style& style = session.out_style();
    const Fields fields = {
        {"you are", style.Bold(PrincipalText(who->principal()))},
        {"known by", Printable(who->mechanism())},
        {"administrator", who->administrator() ? "yes, of every user's jobs" : "no"},
        {"may launch", who->can_launch()
                           ? style.Good("yes")
                           : style.Bad("no: " + Printable(who->cannot_launch_reason()))}};
    (void)session.Print(FieldsText(fields, style));
    return session.Finish(0);
  }
};

}  // namespace

std::unique_ptr<Command> MakeWhoamiCommand() { return std::make_unique<WhoamiCommand>(); }

}  // namespace proctor::cli
