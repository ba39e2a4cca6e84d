#include <CLI/CLI.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_filter_options.h"
#include "client/cli/job_text.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

// "main exited" of JOB_MAIN_EXITED.
std::string KindText(v1::WatchJobsResponse::Kind kind) {
  const std::string& full = v1::WatchJobsResponse::Kind_Name(kind);
  std::string text = absl::AsciiStrToLower(absl::StripPrefix(full, "JOB_"));
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string EventText(const v1::WatchJobsResponse& event, const Style& style) {
  std::string line =
      absl::StrFormat("%s  %-11s  %s", style.Dim(ClockText(FromTimestampProto(event.time()))),
                      KindText(event.kind()), event.job_id());
  if (event.has_owner()) absl::StrAppend(&line, "  ", PrincipalName(event.owner()));
  if (event.has_exit()) absl::StrAppend(&line, "  ", ResultText(event.exit(), style));
  return absl::StrCat(line, "\n");
}

class WatchCommand final : public Command {
 public:
  const char* name() const override { return "watch"; }
  const char* summary() const override { return "Print what happens to jobs, as it happens"; }
  void Define(CLI::App* app) override {
    filter_.Define(app);
    app->footer(
        "Over TLS it goes on beyond the end of the session for as long as the agent lets it "
        "(proctor info).");
    app->add_option("--after", after_, "Begin after this sequence number; needs --agent-life")
        ->type_name("N");
    app->add_option("--agent-life", life_, "The agent's life that the number belongs to")
        ->type_name("ID");
  }

  int Execute(Session& session) override {
    const absl::StatusOr<v1::JobFilter> filter = filter_.Build();
    if (!filter.ok()) return session.Fail(filter.status(), kExitUsage);
    v1::WatchJobsRequest request;
    *request.mutable_filter() = *filter;
    request.set_after_sequence(after_);
    request.set_agent_life(life_);
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), kExitFailed);
    bool watching = false;
    const absl::Status status =
        (*client)->WatchJobs(request, [&](const v1::WatchJobsResponse& event) {
          if (session.json()) return session.PrintJson(event).ok();
          if (event.kind() != v1::WatchJobsResponse::WATCHING) {
            return session.Print(EventText(event, session.out_style())).ok();
          }
          if (std::exchange(watching, true)) {
            session.Note(
                absl::StrCat(session.err_style().Warning("proctor:"),
                             " the agent was started anew; what it found running is told again\n"));
          }
          return true;
        });
    if (!status.ok()) return session.Fail(status, kExitFailed);
    return session.Finish(0);
  }

 private:
  JobFilterOptions filter_;
  uint64_t after_ = 0;
  std::string life_;
};

}  // namespace

std::unique_ptr<Command> MakeWatchCommand() { return std::make_unique<WatchCommand>(); }

}  // namespace proctor::cli
