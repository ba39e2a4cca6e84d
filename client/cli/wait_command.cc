#include <CLI/CLI.hpp>
#include <algorithm>

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

// How long the agent has to say how things are when the time to wait is over.
constexpr absl::Duration kLookTime = absl::Seconds(1);

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
        "125 when Proctor failed, or could not tell in time whether it does.");
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
  // What is left of the one time for all calls, or `least` where that is more.
  CallOptions Rest(absl::Duration least = -absl::InfiniteDuration()) const {
    CallOptions options;
    if (end_.has_value()) options.deadline = std::max(*end_ - Clock::Real()->Monotonic(), least);
    return options;
  }
  // Of a call that is answered at once. The jobs that are left when the time is over are looked at
  // all the same; an agent that did not answer then is not waited for again.
  CallOptions Look() const { return silent_ ? Rest() : Rest(kLookTime); }

  bool TimedOut(const absl::Status& status) const {
    return end_.has_value() && absl::IsDeadlineExceeded(status);
  }
  bool HasEnded(const v1::Job& job) const {
    return job.exit().final() || (job.has_exit() && !final_);
  }

  // DEADLINE_EXCEEDED of a job that was seen to go on sets `goes_on`.
  absl::StatusOr<v1::WaitResponse> Await(AgentClient& client, const std::string& job_id,
                                         bool* goes_on) const {
    v1::WaitRequest request;
    request.set_job_id(job_id);
    request.set_until(final_ ? v1::WaitRequest::FINAL : v1::WaitRequest::MAIN_EXITED);
    absl::StatusOr<v1::WaitResponse> response = client.Wait(request, Rest());
    if (!TimedOut(response.status()) || silent_) return response;
    v1::GetJobRequest look;
    look.set_job_id(job_id);
    look.set_view(v1::BASIC);
    const absl::StatusOr<v1::GetJobResponse> seen = client.GetJob(look, Look());
    if (!seen.ok()) return seen.status();
    *goes_on = !HasEnded(seen->job());
    return *goes_on ? response : client.Wait(request, Look());
  }

  int FailTimedOut(Session& session, const std::string& job_id, bool goes_on) {
    silent_ = silent_ || !goes_on;
    return session.Fail(
        absl::DeadlineExceededError(
            absl::StrCat("job ", Printable(job_id), ": timed out after ", timeout_,
                         goes_on ? "; the job goes on" : "; whether the job goes on is not known")),
        goes_on ? kExitWaitEnded : kExitProctorFailed, job_id);
  }

  int WaitFor(Session& session, AgentClient& client, const std::string& word) {
    const absl::StatusOr<std::string> found = FindJobId(client, word, Look());
    const std::string job_id = found.value_or(word);
    bool goes_on = false;
    const absl::StatusOr<v1::WaitResponse> response =
        found.ok() ? Await(client, job_id, &goes_on) : found.status();
    if (TimedOut(response.status())) return FailTimedOut(session, job_id, goes_on);
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
  bool silent_ = false;                 // The agent did not answer in time.
};

}  // namespace

std::unique_ptr<Command> MakeWaitCommand() { return std::make_unique<WaitCommand>(); }

}  // namespace proctor::cli
