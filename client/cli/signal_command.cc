#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"
#include "client/cli/error_report.h"
#include "client/cli/exit_code.h"
#include "client/cli/json_text.h"
#include "client/cli/named_jobs.h"
#include "client/cli/signal_name.h"

namespace proctor::cli {
namespace {

class SignalCommand final : public Command {
 public:
  const char* name() const override { return "signal"; }
  const char* summary() const override { return "Send one signal to jobs"; }
  void Define(CLI::App* app) override {
    app->add_option("SIGNAL", signal_, "USR1, SIGHUP, 10")->required();
    app->add_option("JOB", jobs_, "Jobs to signal")->required();
    app->add_option("--to", target_,
                    "main (unless set): the main process; group: its process group; tree: all")
        ->type_name("TARGET")
        ->check(CLI::IsMember({"main", "group", "tree"}));
  }

  int Execute(Session& session) override {
    const absl::StatusOr<int> signal = ParseSignalName(signal_);
    if (!signal.ok()) return session.Fail(WrongSignal(signal.status()), kExitUsage);
    v1::SignalRequest request;
    request.set_signal(*signal);
    request.set_target(target_ == "tree"    ? v1::SignalRequest::TREE
                       : target_ == "group" ? v1::SignalRequest::PROCESS_GROUP
                                            : v1::SignalRequest::MAIN_PROCESS);
    return ForEachNamedJob(session, jobs_, [&](AgentClient& client, const std::string& job_id) {
      request.set_job_id(job_id);
      const absl::StatusOr<v1::SignalResponse> response = client.Signal(request);
      if (response.ok() && session.json()) {
        (void)session.Print(JsonLineWithJobId(job_id, *response));
      }
      return response.status();
    });
  }

 private:
  // The signal may stand behind the jobs.
  absl::Status WrongSignal(const absl::Status& status) const {
    if (!ParseSignalName(jobs_.back()).ok()) return Blame("SIGNAL", status);
    std::vector<std::string> words = {jobs_.back(), signal_};
    words.insert(words.end(), jobs_.begin(), jobs_.end() - 1);
    return absl::InvalidArgumentError(
        absl::StrCat("the signal comes first: proctor signal ", absl::StrJoin(words, " ")));
  }

  std::string signal_;
  std::vector<std::string> jobs_;
  std::string target_ = "main";
};

}  // namespace

std::unique_ptr<Command> MakeSignalCommand() { return std::make_unique<SignalCommand>(); }

}  // namespace proctor::cli
