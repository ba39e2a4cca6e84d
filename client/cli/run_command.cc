#include <CLI/CLI.hpp>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/interrupt_watch.h"
#include "client/cli/job_text.h"
#include "client/cli/launch_options.h"
#include "client/cli/program.h"
#include "client/cli/run_interrupts.h"
#include "client/cli/size_text.h"
#include "client/cli/standard_streams.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

// Whether the agent ends a job of this spec, run by this call, when the call ends.
bool EndsWithCaller(const v1::LaunchSpec& spec) {
  return spec.on_caller_gone().action() != v1::OnCallerGone::KEEP &&
         FromDurationProto(spec.on_caller_gone().after()) <= absl::ZeroDuration();
}

// One Run: forwards what it tells to the session.
class JobRun {
 public:
  explicit JobRun(Session* session) : session_(session), interrupts_(session, &cancel_) {}

  int Execute(const LaunchOptions& options, v1::LaunchSpec spec) {
    const absl::StatusOr<v1::ExitRecord> exit = Run(options, std::move(spec));
    return exit.ok() ? Finished(*exit) : Failed(exit.status());
  }

 private:
  absl::StatusOr<v1::ExitRecord> Run(const LaunchOptions& launch, v1::LaunchSpec spec) {
    // Before the client, whose threads must inherit the blocked signals.
    const InterruptWatch watch([this](int signal) {
      // There is no job yet, and the read of standard input may never end.
      if (preparing_) EndProgram(kExitSignalBase + signal);
      interrupts_.Interrupt(signal);
    });
    const absl::StatusOr<AgentClient*> client = session_->client();
    if (!client.ok()) return client.status();
    interrupts_.SetEndsWithCaller(EndsWithCaller(spec));
    preparing_ = true;
    absl::Status ready = launch.ReadStdin(**client, &spec);
    if (ready.ok()) ready = (*client)->AuthenticatedChannel().status();
    preparing_ = false;
    if (!ready.ok()) return ready;
    session_->TellDelegation();
    CallOptions options;
    options.cancel = &cancel_;
    return (*client)->Run(spec, Callbacks(), options);
  }

  RunCallbacks Callbacks() {
    RunCallbacks callbacks;
    callbacks.on_launched = [this](const v1::LaunchResponse& launched) { Launched(launched); };
    callbacks.on_output = [this](const v1::OutputChunk& chunk) { Output(chunk); };
    if (session_->json()) {
      callbacks.on_main_exited = [this](const v1::ExitRecord& exit) {
        v1::RunResponse event;
        *event.mutable_main_exited() = exit;
        Check(session_->PrintJson(event));
      };
    }
    return callbacks;
  }

  void Launched(const v1::LaunchResponse& launched) {
    job_id_ = launched.job_id();
    interrupts_.JobLaunched(job_id_);
    if (session_->json()) {
      v1::RunResponse event;
      *event.mutable_launched() = launched;
      Check(session_->PrintJson(event));
    } else if (session_->verbose()) {
      session_->Note(LaunchedText(launched, session_->err_width(), session_->err_style()));
    }
  }

  void Output(const v1::OutputChunk& chunk) {
    if (session_->json()) {
      v1::RunResponse event;
      *event.mutable_output() = chunk;
      Check(session_->PrintJson(event));
    } else {
      Check(session_->Forward(chunk.stream() == v1::STDERR ? kStandardError : kStandardOutput,
                              chunk.data()));
    }
  }

  // Nobody reads any more: leaves the job to its on_caller_gone, which ends it unless told
  // otherwise.
  void Check(const absl::Status& written) {
    if (!written.ok()) cancel_.Cancel();
  }

  int Finished(const v1::ExitRecord& exit) {
    if (session_->json()) {
      v1::RunResponse event;
      *event.mutable_finished() = exit;
      (void)session_->PrintJson(event);
      return session_->Finish(ExitCodeOf(exit));
    }
    const std::string complaint = Complaint(exit);
    if (!complaint.empty()) {
      session_->Note(absl::StrCat(session_->err_style().Bad("proctor:"), " ", complaint, "\n"));
    }
    if (session_->verbose()) session_->Note(absl::StrCat(ExitSummary(exit), "\n"));
    return session_->Finish(ExitCodeOf(exit));
  }

  // What the job's own exit code does not say.
  std::string Complaint(const v1::ExitRecord& exit) const {
    std::string text;
    if (exit.reason() != v1::EXITED && exit.reason() != v1::SIGNALED &&
        exit.reason() != v1::KILLED) {
      text = absl::StrCat("job ", job_id_, ": ", ResultText(exit, session_->err_style()));
    }
    const uint64_t dropped =
        exit.standard_output().bytes_dropped() + exit.standard_error().bytes_dropped();
    if (dropped > 0) {
      absl::StrAppend(&text, text.empty() ? absl::StrCat("job ", job_id_, ": ") : "; ",
                      SizeText(dropped), " of its output were dropped");
    }
    return text;
  }

  int Failed(const absl::Status& status) {
    if (absl::IsCancelled(status) && interrupts_.exit_code() != 0) return interrupts_.exit_code();
    const int code = session_->Fail(status, ExitCodeOf(status), job_id_);
    if (!job_id_.empty() && absl::IsUnavailable(status) && !session_->json()) {
      session_->Note(absl::StrCat(
          "  How the job ended is not known; ask for it with: proctor inspect ", job_id_, "\n"));
    }
    return session_->Finish(code);
  }

  Session* const session_;
  Cancellation cancel_;
  RunInterrupts interrupts_;
  std::atomic<bool> preparing_{false};  // Nothing of the job has been sent.
  std::string job_id_;
};

class RunCommand final : public Command {
 public:
  const char* name() const override { return "run"; }
  const char* summary() const override {
    return "Run a command as yourself, stream its output, exit with its code";
  }
  bool takes_command_line() const override { return true; }
  void SetCommandLine(std::vector<std::string> words) override { words_ = std::move(words); }
  void Define(CLI::App* app) override {
    options_.Define(app);
    app->footer(
        "Exit code: the job's; 128+N when signal N ended it; 124 after its timeout; 125 when "
        "Proctor\n"
        "failed; 126 when the program cannot be executed; 127 when it does not exist.\n"
        "Ctrl-C asks the job to end, a second one kills it at once. Where the agent cannot be\n"
        "asked any more (the ticket has ended, and with it the session) Ctrl-C ends the call,\n"
        "and with it the job.\n"
        "Relative files of --stdout and --stderr are taken from the job's directory.");
  }
  int Execute(Session& session) override {
    absl::StatusOr<v1::LaunchSpec> spec = options_.Build(words_);
    if (!spec.ok()) return session.Fail(spec.status(), kExitProctorFailed);
    return JobRun(&session).Execute(options_, *std::move(spec));
  }

 private:
  LaunchOptions options_;
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Command> MakeRunCommand() { return std::make_unique<RunCommand>(); }

}  // namespace proctor::cli
