#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "client/cli/commands.h"
#include "client/cli/error_report.h"
#include "client/cli/exit_code.h"
#include "client/cli/named_jobs.h"
#include "client/cli/size_text.h"
#include "client/cli/standard_streams.h"

namespace proctor::cli {
namespace {

class LogsCommand final : public Command {
 public:
  const char* name() const override { return "logs"; }
  const char* summary() const override { return "Print what a job wrote"; }
  void Define(CLI::App* app) override {
    app->add_option("JOB", job_, "The job")->required();
    app->add_flag("-f,--follow", follow_, "Go on until the job is final");
    app->add_flag("--stderr", stderr_, "Standard error instead of standard output");
    app->add_option("--offset", offset_, "Start at this byte: 4096, 10M")->type_name("SIZE");
    app->add_option("--limit", limit_, "At most so many bytes")->type_name("SIZE");
    app->footer(
        "Over TLS, --follow goes on beyond the end of the session for as long as the agent lets it "
        "(proctor info).");
  }

  int Execute(Session& session) override {
    v1::ReadOutputRequest request;
    request.set_stream(stderr_ ? v1::STDERR : v1::STDOUT);
    request.set_follow(follow_);
    const absl::StatusOr<uint64_t> offset = ParseSizeText(offset_.empty() ? "0" : offset_);
    if (!offset.ok()) return session.Fail(Blame("--offset", offset.status()), kExitUsage);
    request.set_offset(*offset);
    const absl::StatusOr<uint64_t> limit = ParseSizeText(limit_.empty() ? "0" : limit_);
    if (!limit.ok()) return session.Fail(Blame("--limit", limit.status()), kExitUsage);
    request.set_limit(*limit);
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), kExitFailed);
    const absl::StatusOr<std::string> job_id = FindJobId(**client, job_);
    if (!job_id.ok()) return session.Fail(job_id.status(), kExitFailed, job_);
    request.set_job_id(*job_id);
    const absl::StatusOr<v1::StreamUsage> usage =
        (*client)->ReadOutput(request, [&session](const v1::OutputChunk& chunk) {
          if (session.json()) return session.PrintJson(chunk).ok();
          return session.Forward(kStandardOutput, chunk.data()).ok();
        });
    if (!usage.ok()) return session.Fail(usage.status(), kExitFailed, *job_id);
    const int code = session.Finish(0);
    if (code == 0 && usage->bytes_dropped() > 0 && !session.json()) {
      session.Note(absl::StrCat(session.err_style().Warning("proctor:"), " the job wrote ",
                                SizeText(usage->bytes_dropped()), " more, which were dropped\n"));
    }
    return code;
  }

 private:
  std::string job_;
  bool follow_ = false;
  bool stderr_ = false;
  std::string offset_;
  std::string limit_;
};

}  // namespace

std::unique_ptr<Command> MakeLogsCommand() { return std::make_unique<LogsCommand>(); }

}  // namespace proctor::cli
