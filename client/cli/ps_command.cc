#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_filter_options.h"
#include "client/cli/job_text.h"
#include "client/cli/table.h"
#include "common/clock.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

// More of a command is for inspect and --json: the words of one job may be megabytes.
constexpr size_t kCommandWidth = 120;

// How long a job has run, or ran.
std::string RunTimeText(const v1::Job& job, absl::Time now) {
  if (job.exit().has_run_time()) return DurationText(FromDurationProto(job.exit().run_time()));
  if (job.state() != v1::RUNNING || !job.has_started()) return "";
  const absl::Duration run_time = now - FromTimestampProto(job.started());
  return DurationText(std::max(run_time, absl::ZeroDuration()));
}

class PsCommand final : public Command {
 public:
  const char* name() const override { return "ps"; }
  const char* summary() const override { return "List jobs, newest first"; }
  void Define(CLI::App* app) override {
    app->add_flag("-a,--all", all_, "Finished and lost jobs too");
    filter_.Define(app);
  }

  int Execute(Session& session) override {
    absl::StatusOr<v1::JobFilter> filter = filter_.Build();
    if (!filter.ok()) return session.Fail(filter.status(), kExitUsage);
    if (!all_ && filter->states().empty()) {
      for (v1::JobState state : {v1::CREATED, v1::RUNNING, v1::DRAINING}) filter->add_states(state);
    }
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), kExitFailed);
    const absl::Time now = Clock::Real()->Now();
    Table table({"JOB", "OWNER", "STATE", "PID", "CREATED", "TIME", "RESULT", "COMMAND"});
    for (size_t column : {3, 5}) table.AlignRight(column);
    const absl::Status status = (*client)->ForEachJob(*filter, [&](const v1::Job& job) {
      if (session.json()) return session.PrintJson(job).ok();
      AddRow(job, now, session.out_style(), &table);
      return true;
    });
    if (!status.ok()) return session.Fail(status, kExitFailed);
    if (!session.json()) {
      (void)session.Print(table.Render(session.out_width(), session.out_style().coloured()));
    }
    return session.Finish(0);
  }

 private:
  static void AddRow(const v1::Job& job, absl::Time now, const Style& style, Table* table) {
    const int64_t pid = job.main_process().pid();
    table->AddRow({job.job_id(), PrincipalName(job.owner()), StateText(job.state(), style),
                   pid > 0 ? absl::StrCat(pid) : "",
                   AgeText(FromTimestampProto(job.created()), now), RunTimeText(job, now),
                   ResultText(job.exit(), style),
                   CutToWidth(CommandText(job.spec()), kCommandWidth)});
  }

  bool all_ = false;
  JobFilterOptions filter_;
};

}  // namespace

std::unique_ptr<Command> MakePsCommand() { return std::make_unique<PsCommand>(); }

}  // namespace proctor::cli
