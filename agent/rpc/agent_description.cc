#include "agent/rpc/agent_description.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/platform.h"
#include "common/proto_time.h"

namespace proctor {

namespace {

void DescribeUsage(const AgentCore& core, const Principal& caller, v1::CallerUsage* usage) {
  size_t connections = core.sessions == nullptr ? 0 : core.sessions->SizeOf(caller.key());
  if (core.bounds != nullptr) {
    const UserBounds::Usage held = core.bounds->UsageOf(caller.key());
    connections += held.connections;
    usage->set_calls(held.calls);
  }
  usage->set_connections(static_cast<uint32_t>(connections));
  const UserUsage jobs = core.jobs->UsageOf(caller);
  usage->set_running_jobs(static_cast<uint32_t>(jobs.running));
  usage->set_records(static_cast<uint32_t>(jobs.records));
  usage->set_record_bytes(jobs.record_bytes);
  usage->set_spool_bytes(jobs.spool_bytes);
}

}  // namespace

v1::DescribeAgentResponse DescribeAgentTo(const AgentCore& core, const CallerToken& caller) {
  v1::DescribeAgentResponse response;
  response.set_version(PROCTOR_VERSION);
  response.set_platform(PlatformName());
  response.set_host_name(HostName());
  response.set_draining(core.jobs->draining());
  response.set_agent_life(core.jobs->agent_life());
  SetTimestampProto(core.started, response.mutable_started());
  *response.mutable_limits() = core.limits;
  DescribeUsage(core, *caller.principal(), response.mutable_caller_usage());
  *response.mutable_mechanisms() = {core.mechanisms.begin(), core.mechanisms.end()};
  response.set_service_principal(core.service_principal);
  for (v1::Capability& capability : core.pipeline->Capabilities()) {
    *response.add_capabilities() = std::move(capability);
  }
  v1::Capability* contained = response.add_capabilities();
  contained->set_name("cgroup v2");
  if (const std::shared_ptr<const JobHostInfo> host = core.jobs->host_info(); host != nullptr) {
    response.set_job_host_life(host->life);
    response.set_containment(host->containment);
    response.set_containment_note(host->containment_note);
    if (host->containment == v1::JOB_OBJECT) contained->set_name("job objects");
    contained->set_held(host->containment != v1::SESSION_AND_SUBREAPER);
    contained->set_purpose(contained->held()
                               ? "no process of a job can leave its tree"
                               : absl::StrCat("missing, so a process can escape its job's tree: ",
                                              host->containment_note));
    for (const std::string& missing : host->missing_capabilities) {
      v1::Capability* capability = response.add_capabilities();
      capability->set_name("job host");
      capability->set_purpose(missing);
    }
  } else {
    contained->set_purpose("unknown while the job host is away");
  }
  if (core.jobs->access().IsAdministrator(*caller.principal())) {
    const JobManager::Counts counts = core.jobs->CountJobs();
    response.set_running_jobs(counts.running);
    response.set_records(counts.records);
  }
  return response;
}

}  // namespace proctor
