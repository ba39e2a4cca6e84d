#include <CLI/CLI.hpp>

#include "client/cli/commands.h"
#include "client/cli/json_text.h"
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
    app->add_option("--to", target_, "main: the main process; group: its process group; tree: all")
        ->type_name("TARGET")
        ->check(CLI::IsMember({"main", "group", "tree"}));
  }

  int Execute(Session& session) override {
    const absl::StatusOr<int> signal = ParseSignalName(signal_);
    if (!signal.ok()) return session.Fail(signal.status(), 2);
    v1::SignalRequest request;
    request.set_signal(*signal);
    request.set_target(target_ == "tree"    ? v1::SignalRequest::TREE
                       : target_ == "group" ? v1::SignalRequest::PROCESS_GROUP
                                            : v1::SignalRequest::MAIN_PROCESS);
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), 1);
    int code = 0;
    for (const std::string& job_id : jobs_) {
      request.set_job_id(job_id);
      const absl::StatusOr<v1::SignalResponse> response = (*client)->Signal(request);
      if (!response.ok()) {
        code = session.Fail(response.status(), 1, job_id);
      } else if (session.json()) {
        (void)session.Print(JsonLineWithJobId(job_id, *response));
      }
    }
    return session.Finish(code);
  }

 private:
  std::string signal_;
  std::vector<std::string> jobs_;
  std::string target_ = "main";
};

}  // namespace

std::unique_ptr<Command> MakeSignalCommand() { return std::make_unique<SignalCommand>(); }

}  // namespace proctor::cli
