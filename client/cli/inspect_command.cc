#include <CLI/CLI.hpp>
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/job_text.h"
#include "client/cli/named_jobs.h"
#include "client/cli/table.h"
#include "common/clock.h"
#include "common/printable.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

std::string MomentText(const google::protobuf::Timestamp& timestamp, absl::Time now) {
  const absl::Time time = FromTimestampProto(timestamp);
  return absl::StrCat(ClockText(time), " (", AgeText(time, now), ")");
}

// What other machines see of the job's processes.
std::string NetworkCredentialsText(const v1::NetworkCredentials& credentials, absl::Time now) {
  std::string text = absl::AsciiStrToLower(v1::NetworkCredentials::Kind_Name(credentials.kind()));
  std::replace(text.begin(), text.end(), '_', ' ');
  if (credentials.has_expires()) {
    absl::StrAppend(&text, " until ", MomentText(credentials.expires(), now));
  }
  if (!credentials.reason().empty()) {
    absl::StrAppend(&text, ": ", Printable(credentials.reason()));
  }
  return text;
}

Fields JobFields(const v1::Job& job, absl::Time now, const Style& style) {
  Fields fields;
  fields.emplace_back("state", StateText(job.state(), style));
  fields.emplace_back("owner", PrincipalText(job.owner()));
  if (job.has_user()) fields.emplace_back("runs as", PrincipalText(job.user()));
  if (job.has_network_credentials()) {
    fields.emplace_back("network", NetworkCredentialsText(job.network_credentials(), now));
  }
  if (job.main_process().pid() > 0) {
    fields.emplace_back("pid", absl::StrCat(job.main_process().pid(), " (start time ",
                                            job.main_process().start_time_ticks(), ")"));
  }
  fields.emplace_back("held by", ContainmentText(job.containment()));
  if (job.has_created()) fields.emplace_back("created", MomentText(job.created(), now));
  if (job.has_started()) fields.emplace_back("started", MomentText(job.started(), now));
  if (job.has_expires()) fields.emplace_back("expires", MomentText(job.expires(), now));
  return fields;
}

std::string JobText(const v1::Job& job, absl::Time now, const Style& style) {
  std::string text = absl::StrCat(style.Bold(absl::StrCat("Job ", job.job_id())), "\n",
                                  FieldsText(JobFields(job, now, style), style));
  if (job.has_exit()) {
    absl::StrAppend(&text, style.Bold("Exit record"), "\n",
                    FieldsText(ExitFields(job.exit(), now, style), style));
  }
  absl::StrAppend(&text, style.Bold("Spec"), "\n", FieldsText(SpecFields(job.spec()), style));
  return text;
}

class InspectCommand final : public Command {
 public:
  const char* name() const override { return "inspect"; }
  const char* summary() const override { return "Show a job, its exit record and its spec"; }
  void Define(CLI::App* app) override { app->add_option("JOB", jobs_, "Jobs to show")->required(); }

  int Execute(Session& session) override {
    return ForEachNamedJob(session, jobs_, [&](AgentClient& client, const std::string& job_id) {
      v1::GetJobRequest request;
      request.set_job_id(job_id);
      const absl::StatusOr<v1::GetJobResponse> response = client.GetJob(request);
      if (!response.ok()) return response.status();
      if (session.json()) {
        (void)session.PrintJson(response->job());
      } else {
        (void)session.Print(JobText(response->job(), Clock::Real()->Now(), session.out_style()));
      }
      return absl::OkStatus();
    });
  }

 private:
  std::vector<std::string> jobs_;
};

}  // namespace

std::unique_ptr<Command> MakeInspectCommand() { return std::make_unique<InspectCommand>(); }

}  // namespace proctor::cli
