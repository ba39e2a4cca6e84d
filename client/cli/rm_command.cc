#include <CLI/CLI.hpp>

#include "client/cli/commands.h"
#include "client/cli/json_text.h"
#include "client/cli/named_jobs.h"

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
    return ForEachNamedJob(session, jobs_, [&](AgentClient& client, const std::string& job_id) {
      v1::DeleteJobRequest request;
      request.set_job_id(job_id);
      const absl::StatusOr<v1::DeleteJobResponse> response = client.DeleteJob(request);
      if (response.ok() && session.json()) {
        (void)session.Print(JsonLineWithJobId(job_id, *response));
      }
      return response.status();
    });
  }

 private:
  std::vector<std::string> jobs_;
};

}  // namespace

std::unique_ptr<Command> MakeRmCommand() { return std::make_unique<RmCommand>(); }

}  // namespace proctor::cli
