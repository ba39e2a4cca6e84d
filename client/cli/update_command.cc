#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/error_report.h"
#include "client/cli/exit_code.h"
#include "client/cli/grant_text.h"
#include "client/cli/launch_options.h"
#include "client/cli/named_jobs.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

class UpdateCommand final : public Command {
 public:
  const char* name() const override { return "update"; }
  const char* summary() const override {
    return "Change a job's labels, retention, and whom it is shared with";
  }
  void Define(CLI::App* app) override {
    app->add_option("JOB", jobs_, "Jobs to change")->required();
    const auto add_list = [app](const char* name, std::vector<std::string>& values,
                                const char* type, const char* help) {
      app->add_option(name, values, help)->type_name(type)->allow_extra_args(false);
    };
    add_list("-l,--label", labels_, "KEY=VALUE", "Add or change a label; repeatable");
    add_list("--remove-label", removed_, "KEY", "Remove a label; repeatable");
    app->add_option("--retention", retention_,
                    "Keep record and output this long after the end of the job")
        ->type_name("DURATION");
    add_list("--share", shared_, "WITH=RIGHTS",
             "user:NAME=RIGHT,... or group:NAME=RIGHT,... of query, read-output, signal, "
             "terminate, delete-record, set-attributes, all; repeatable");
    add_list("--unshare", unshared_, "WITH",
             "user:NAME or group:NAME who shall have no right any more; repeatable");
  }

  int Execute(Session& session) override {
    const absl::StatusOr<v1::UpdateJobRequest> change = Change();
    if (!change.ok()) return session.Fail(change.status(), kExitUsage);
    return ForEachNamedJob(session, jobs_, [&](AgentClient& client, const std::string& job_id) {
      v1::UpdateJobRequest request = *change;
      request.set_job_id(job_id);
      if (absl::Status shared = ShareAnew(client, &request); !shared.ok()) return shared;
      const absl::StatusOr<v1::UpdateJobResponse> response = client.UpdateJob(request);
      if (response.ok() && session.json()) (void)session.PrintJson(response->job());
      return response.status();
    });
  }

 private:
  // All but whom it is shared with, for which the job has to be looked at.
  absl::StatusOr<v1::UpdateJobRequest> Change() const {
    v1::UpdateJobRequest request;
    for (const std::string& text : labels_) {
      absl::StatusOr<NameAndValue> pair = ParseNameAndValue(text, "KEY=VALUE");
      if (!pair.ok()) return Blame("--label", pair.status());
      (*request.mutable_set_labels())[pair->name] = pair->value;
    }
    for (const std::string& key : removed_) request.add_remove_labels(key);
    if (!retention_.empty()) {
      const absl::StatusOr<absl::Duration> retention = ParseDurationText(retention_);
      if (!retention.ok()) return Blame("--retention", retention.status());
      SetDurationProto(*retention, request.mutable_retention());
    }
    for (const std::string& text : shared_) {
      if (const auto grant = ParseGrant(text); !grant.ok()) return Blame("--share", grant.status());
    }
    for (const std::string& text : unshared_) {
      if (const auto trustee = ParseTrustee(text); !trustee.ok()) {
        return Blame("--unshare", trustee.status());
      }
    }
    return request;
  }

  // The job's list as it is, less the unshared, with the shared.
  absl::Status ShareAnew(AgentClient& client, v1::UpdateJobRequest* request) const {
    if (shared_.empty() && unshared_.empty()) return absl::OkStatus();
    v1::GetJobRequest query;
    query.set_job_id(request->job_id());
    const absl::StatusOr<v1::GetJobResponse> response = client.GetJob(query);
    if (!response.ok()) return response.status();
    AccessGrants& grants = *request->mutable_share_with()->mutable_grants();
    grants = response->job().spec().share_with();
    for (const std::string& text : unshared_) {
      if (absl::Status ended = Unshare(*ParseTrustee(text), &grants); !ended.ok()) return ended;
    }
    for (const std::string& text : shared_) Share(*ParseGrant(text), &grants);
    return absl::OkStatus();
  }

  std::vector<std::string> jobs_;
  std::vector<std::string> labels_;
  std::vector<std::string> removed_;
  std::string retention_;
  std::vector<std::string> shared_;
  std::vector<std::string> unshared_;
};

}  // namespace

std::unique_ptr<Command> MakeUpdateCommand() { return std::make_unique<UpdateCommand>(); }

}  // namespace proctor::cli
