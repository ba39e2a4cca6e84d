#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/error_report.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_text.h"
#include "client/cli/json_text.h"
#include "client/cli/named_jobs.h"
#include "common/clock.h"
#include "common/printable.h"

namespace proctor::cli {
namespace {

class WaitCommand final : public Command {
 public:
  const char* name() const override { return "wait"; }
  const char* summary() const override { return "Wait for jobs to end, exit with the job's code"; }
  void Define(CLI::App* app) override {
    app->add_option("JOB", jobs_, "Jobs to wait for")->required();
    app->add_flag("--final", final_,
                  "Wait for the whole tree and its output, not the main process");
    app->add_option("-t,--timeout", timeout_, "Give up after this time; the job goes on")
        ->type_name("DURATION");
    app->footer(
        "Exit code: the job's, as of run. With several jobs: 0 when all ended with 0, otherwise "
        "the\n"
        "code of the first that did not. 123 when --timeout passed first: the job goes on;\n"
        "125 when Proctor failed.");
  }

  int Execute(Session& session) override {
    if (!timeout_.empty()) {
      const absl::StatusOr<absl::Duration> parsed = ParseDurationText(timeout_);
      if (!parsed.ok())
        return session.Fail(Blame("--timeout", parsed.status()), kExitProctorFailed);
      end_ = Clock::Real()->Monotonic() + *parsed;
    }
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), kExitProctorFailed);
    int code = 0;
    for (const std::string& word : jobs_) {
      const int job_code = WaitFor(session, **client, word);
      if (code == 0) code = job_code;
    }
    return session.Finish(code);
  }

 private:
  // What is left of the one time for all calls.
  CallOptions Rest() const {
    CallOptions options;
    if (end_.has_value()) options.deadline = *end_ - Clock::Real()->Monotonic();
    return options;
  }

  int WaitFor(Session& session, AgentClient& client, const std::string& word) {
    const absl::StatusOr<std::string> found = FindJobId(client, word, Rest());
    const std::string job_id = found.value_or(word);
    v1::WaitRequest request;
    request.set_job_id(job_id);
    request.set_until(final_ ? v1::WaitRequest::FINAL : v1::WaitRequest::MAIN_EXITED);
    const absl::StatusOr<v1::WaitResponse> response =
        found.ok() ? client.Wait(request, Rest()) : found.status();
    if (absl::IsDeadlineExceeded(response.status()) && !timeout_.empty()) {
      return session.Fail(
          absl::DeadlineExceededError(absl::StrCat("job ", Printable(job_id), ": timed out after ",
                                                   timeout_, "; the job goes on")),
          kExitWaitEnded, job_id);
    }
    if (!response.ok()) return session.Fail(response.status(), kExitProctorFailed, job_id);
    if (session.json()) {
      (void)session.Print(JsonLineWithJobId(job_id, *response));
    } else {
      const std::string who = jobs_.size() > 1 ? absl::StrCat(job_id, "  ") : "";
      (void)session.Print(absl::StrCat(who, ExitSummary(response->exit()), "\n"));
    }
    return ExitCodeOf(response->exit());
  }

  std::vector<std::string> jobs_;
  bool final_ = false;
  std::string timeout_;
  absl::optional<absl::Duration> end_;  // Of the timeout, on the monotonic clock.
};

}  // namespace

std::unique_ptr<Command> MakeWaitCommand() { return std::make_unique<WaitCommand>(); }

}  // namespace proctor::cli
