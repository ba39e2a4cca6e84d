#include <CLI/CLI.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_text.h"
#include "client/cli/launch_options.h"

namespace proctor::cli {
namespace {

class LaunchCommand final : public Command {
 public:
  const char* name() const override { return "launch"; }
  const char* summary() const override { return "Start a job in the background, print its id"; }
  bool takes_command_line() const override { return true; }
  void SetCommandLine(std::vector<std::string> words) override { words_ = std::move(words); }
  void Define(CLI::App* app) override {
    options_.Define(app);
    app->footer(
        "Exit code: 0 when the program runs; 125 when Proctor failed; 126 when the program cannot "
        "be\n"
        "executed; 127 when it does not exist.");
  }

  int Execute(Session& session) override {
    v1::LaunchRequest request;
    absl::StatusOr<v1::LaunchSpec> spec = options_.Build(words_);
    if (!spec.ok()) return session.Fail(spec.status(), kExitProctorFailed);
    *request.mutable_spec() = *std::move(spec);
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), kExitProctorFailed);
    if (absl::Status read = options_.ReadStdin(**client, request.mutable_spec()); !read.ok()) {
      return session.Fail(read, kExitProctorFailed);
    }
    const absl::StatusOr<v1::LaunchResponse> launched = (*client)->Launch(request);
    if (!launched.ok()) return session.Fail(launched.status(), ExitCodeOf(launched.status()));
    if (session.json()) {
      (void)session.PrintJson(*launched);
      return session.Finish(0);
    }
    if (session.verbose()) {
      session.Note(LaunchedText(*launched, session.err_width(), session.err_style()));
    }
    (void)session.Print(absl::StrCat(launched->job_id(), "\n"));
    return session.Finish(0);
  }

 private:
  LaunchOptions options_;
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Command> MakeLaunchCommand() { return std::make_unique<LaunchCommand>(); }

}  // namespace proctor::cli
