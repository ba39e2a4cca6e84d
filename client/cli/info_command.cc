#include <CLI/CLI.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/commands.h"
#include "client/cli/duration_text.h"
#include "client/cli/exit_code.h"
#include "client/cli/job_text.h"
#include "client/cli/size_text.h"
#include "client/cli/table.h"
#include "client/cli/trust_text.h"
#include "common/clock.h"
#include "common/printable.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

Fields AgentFields(const v1::DescribeAgentResponse& agent, const Style& style) {
  Fields fields = {{"agent", absl::StrCat("proctord ", Printable(agent.version()), " on ",
                                          Printable(agent.host_name()))},
                   {"platform", Printable(agent.platform())}};
  if (agent.has_started()) {
    const absl::Time started = FromTimestampProto(agent.started());
    fields.emplace_back("started", absl::StrCat(ClockText(started), " (",
                                                AgeText(started, Clock::Real()->Now()), ")"));
  }
  fields.emplace_back("launches", agent.draining() ? style.Warning("refused: the agent is draining")
                                                   : style.Good("accepted"));
  fields.emplace_back("jobs held by", absl::StrCat(ContainmentText(agent.containment()),
                                                   agent.containment_note().empty() ? "" : ": ",
                                                   Printable(agent.containment_note())));
  if (agent.mechanisms_size() > 0) {
    fields.emplace_back("over TLS", Printable(absl::StrJoin(agent.mechanisms(), ", ")));
  }
  if (agent.job_host_life().empty()) fields.emplace_back("job host", style.Bad("away"));
  if (agent.has_running_jobs()) {
    fields.emplace_back(
        "jobs", absl::StrCat(agent.running_jobs(), " running, ", agent.records(), " recorded"));
  }
  return fields;
}

void AddConnection(const AgentClient& client, const v1::DescribeAgentResponse& agent,
                   Fields* fields) {
  if (agent.mechanisms_size() > 0) {
    fields->emplace_back("authenticates", Printable(absl::StrJoin(agent.mechanisms(), ", ")));
  }
  if (!agent.service_principal().empty()) {
    fields->emplace_back("service", Printable(agent.service_principal()));
  }
  const absl::optional<ServerIdentity> server = client.server_identity();
  if (!server.has_value()) return;
  fields->emplace_back("certificate", absl::BytesToHexString(server->certificate_sha256));
  fields->emplace_back("trusted by", TrustText(server->trust));
}

// What the caller has of what a user may have.
std::string OfUser(absl::string_view held, absl::string_view bound) {
  return absl::StrCat(held, " of ", bound);
}

Fields UserLimitFields(const v1::Limits& limits, const v1::CallerUsage& usage) {
  return {
      {"connections", OfUser(absl::StrCat(usage.connections()),
                             absl::StrCat(limits.max_connections_per_user(), ", ",
                                          limits.max_new_connections_per_second_per_user(),
                                          " new ones a second"))},
      {"calls",
       OfUser(absl::StrCat(usage.calls()),
              absl::StrCat(limits.max_calls_per_user(), ", ", limits.max_calls_per_connection(),
                           " a connection, ", limits.max_new_calls_per_second_per_user(),
                           " new ones a second, ", limits.max_fruitless_calls_per_second_per_user(),
                           " refused or abandoned"))},
      {"running jobs", OfUser(absl::StrCat(usage.running_jobs()),
                              absl::StrCat(limits.max_running_jobs_per_user()))},
      {"records",
       OfUser(absl::StrCat(usage.records()), absl::StrCat(limits.max_records_per_user()))},
      {"record bytes",
       OfUser(SizeText(usage.record_bytes()), SizeText(limits.max_record_bytes_per_user()))},
      {"spool",
       OfUser(SizeText(usage.spool_bytes()), SizeText(limits.max_spool_bytes_per_user()))}};
}

Fields LimitFields(const v1::Limits& limits) {
  Fields fields = {
      {"request", SizeText(limits.max_request_bytes())},
      {"buffered", absl::StrCat(SizeText(limits.max_buffered_bytes_per_user()), " a user")},
      {"output stream", absl::StrCat(SizeText(limits.default_stream_bytes()), ", at most ",
                                     SizeText(limits.max_stream_bytes()))},
      {"retention",
       absl::StrCat(DurationText(FromDurationProto(limits.default_retention())), ", at most ",
                    DurationText(FromDurationProto(limits.max_retention())))}};
  if (limits.max_tls_connections() == 0) return fields;
  fields.emplace_back(
      "over TLS",
      absl::StrCat(limits.max_tls_connections(), " connections, ",
                   limits.max_tls_connections_per_address(), " an address, ",
                   limits.max_new_connections_per_second_per_address(), " new ones a second"));
  fields.emplace_back("without a session",
                      absl::StrCat(limits.max_unauthenticated_connections(), " connections for ",
                                   DurationText(FromDurationProto(limits.authentication_time())),
                                   ", ", limits.max_unauthenticated_calls_per_second_per_address(),
                                   " calls a second and address"));
  if (limits.has_calls_outlive_session()) {
    fields.emplace_back(
        "beyond a session",
        absl::StrCat("calls go on for ",
                     DurationText(FromDurationProto(limits.calls_outlive_session()))));
  }
  return fields;
}

std::string CapabilitiesText(const v1::DescribeAgentResponse& agent, size_t width,
                             const Style& style) {
  Table table({"CAPABILITY", "HELD", "PURPOSE"});
  for (const v1::Capability& capability : agent.capabilities()) {
    table.AddRow({Printable(capability.name()),
                  capability.held() ? style.Good("yes") : style.Bad("no"),
                  Printable(capability.purpose())});
  }
  return table.Render(width, style.coloured(), 2);
}

class InfoCommand final : public Command {
 public:
  const char* name() const override { return "info"; }
  const char* summary() const override { return "Describe the agent and what it can do here"; }
  void Define(CLI::App*) override {}

  int Execute(Session& session) override {
    const absl::StatusOr<AgentClient*> client = session.client();
    if (!client.ok()) return session.Fail(client.status(), kExitFailed);
    const absl::StatusOr<v1::DescribeAgentResponse> agent = (*client)->DescribeAgent();
    if (!agent.ok()) return session.Fail(agent.status(), kExitFailed);
    if (session.json()) {
      (void)session.PrintJson(*agent);
      return session.Finish(0);
    }
    const Style& style = session.out_style();
    Fields fields = AgentFields(*agent, style);
    AddConnection(**client, *agent, &fields);
    std::string text = FieldsText(fields, style);
    if (agent->has_limits()) {
      absl::StrAppend(&text, style.Bold("Limits"), "\n",
                      FieldsText(LimitFields(agent->limits()), style), style.Bold("Yours"), "\n",
                      FieldsText(UserLimitFields(agent->limits(), agent->caller_usage()), style));
    }
    if (!agent->capabilities().empty()) {
      // What a missing capability means must be readable whole: never cut.
      absl::StrAppend(&text, style.Bold("Capabilities"), "\n", CapabilitiesText(*agent, 0, style));
    }
    (void)session.Print(text);
    return session.Finish(0);
  }
};

}  // namespace

std::unique_ptr<Command> MakeInfoCommand() { return std::make_unique<InfoCommand>(); }

}  // namespace proctor::cli
