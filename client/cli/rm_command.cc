#include <CLI/CLI.hpp>

#include "client/cli/commands.h"
#include "client/cli/json_text.h"

namespace proctor::cli {
namespace {

class RmCommand final : public Command {
 public:
  const char* name() const override { return "rm"; }
  const char* summary() const override {
    return "Delete the record and the output of finished jobs";
  }
  void Define(CLI::App* app) override {
    app->add_option("JOB", jobs_, "Jobs to delete")->required();
  }

  int Execute(Session& session) override {
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), 1);
    int code = 0;
    for (const std::string& job_id : jobs_) {
      v1::DeleteJobRequest request;
      request.set_job_id(job_id);
      const absl::StatusOr<v1::DeleteJobResponse> response = (*client)->DeleteJob(request);
      if (!response.ok()) {
        code = session.Fail(response.status(), 1, job_id);
      } else if (session.json()) {
        (void)session.Print(JsonLineWithJobId(job_id, *response));
      }
    }
    return session.Finish(code);
  }

 private:
  std::vector<std::string> jobs_;
};

}  // namespace

std::unique_ptr<Command> MakeRmCommand() { return std::make_unique<RmCommand>(); }

}  // namespace proctor::cli
