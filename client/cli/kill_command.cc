#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/error_report.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_text.h"
#include "client/cli/json_text.h"
#include "client/cli/named_jobs.h"
#include "client/cli/signal_name.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

class KillCommand final : public Command {
 public:
  const char* name() const override { return "kill"; }
  const char* summary() const override {
    return "End jobs: signal, grace period, then the whole tree";
  }
  void Define(CLI::App* app) override {
    app->add_option("JOB", jobs_, "Jobs to end")->required();
    app->add_option("--grace", grace_, "Time before the kill (default: the job's own)")
        ->type_name("DURATION");
    app->add_option("-s,--signal", signal_, "Signal to begin with (default: the job's own)")
        ->type_name("SIGNAL");
    app->add_flag("--now", now_, "Kill at once, as --grace 0")->excludes("--grace");
    app->footer("Returns when no process of the jobs is left.");
  }

  int Execute(Session& session) override {
    v1::KillRequest request;
    if (now_) grace_ = "0";
    if (!grace_.empty()) {
      const absl::StatusOr<absl::Duration> grace = ParseDurationText(grace_);
      if (!grace.ok()) return session.Fail(Blame("--grace", grace.status()), kExitUsage);
      SetDurationProto(*grace, request.mutable_grace_period());
    }
    if (!signal_.empty()) {
      const absl::StatusOr<int> signal = ParseSignalName(signal_);
      if (!signal.ok()) return session.Fail(Blame("--signal", signal.status()), kExitUsage);
      request.set_signal(*signal);
    }
    if (ParseSignalName(jobs_.front()).ok() && jobs_.size() > 1) {  // As kill(1) of a shell.
      return session.Fail(
          absl::InvalidArgumentError(
              absl::StrCat("\"", jobs_.front(), "\" is a signal, not a job: proctor kill --signal ",
                           absl::StrJoin(jobs_, " "))),
          kExitUsage);
    }
    return ForEachNamedJob(session, jobs_, [&](AgentClient& client, const std::string& job_id) {
      request.set_job_id(job_id);
      const absl::StatusOr<v1::KillResponse> response = client.Kill(request);
      if (response.ok()) Tell(session, job_id, *response);
      return response.status();
    });
  }

 private:
  static void Tell(Session& session, const std::string& job_id, const v1::KillResponse& response) {
    if (session.json()) {
      (void)session.Print(JsonLineWithJobId(job_id, response));
      return;
    }
    (void)session.Print(absl::StrCat(job_id, "  ", response.already_finished() ? "had ended: " : "",
                                     ExitSummary(response.exit()), "\n"));
  }

  std::vector<std::string> jobs_;
  std::string grace_;
  std::string signal_;
  bool now_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeKillCommand() { return std::make_unique<KillCommand>(); }

}  // namespace proctor::cli
