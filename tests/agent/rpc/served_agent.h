#ifndef PROCTOR_TESTS_AGENT_RPC_SERVED_AGENT_H_
#define PROCTOR_TESTS_AGENT_RPC_SERVED_AGENT_H_

#include <fcntl.h>
#include <grpcpp/create_channel_posix.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/job/job_id.h"
#include "agent/rpc/callback_queue.h"
#include "agent/rpc/identity_server.h"
#include "tests/agent/job/list_page.h"
#include "tests/agent/job/simulated_job_host.h"
#include "tests/agent/job/temporary_directory.h"
#include "tests/agent/rpc/agent_gate.h"
#include "tests/agent/token/launching_pipeline.h"

namespace proctor {

inline constexpr uint32_t kAlice = 1001;
inline constexpr uint32_t kBob = 1002;
inline constexpr unsigned kSimulationSeed = 20'261'129;

// One user's server with all that is behind it but processes.
class ServedAgentTest : public testing::Test {
 protected:
  ServedAgentTest() {
    KeepCallbackQueue();
    JobManager::Options options;
    options.limits.max_running_jobs = 100'000;
    options.limits.max_records = 100'000;
    options.limits.max_spool_bytes = uint64_t{1} << 50;
    options.agent_life = NewJobId();
    options.digest_key = *journal_->DigestKey();
    jobs_ = std::make_unique<JobManager>(options, JobAccess::Create(nullptr), Clock::Real(),
                                         journal_.get(), &spool_, [](const JobAudit&) {});
    core_.jobs = jobs_.get();
    core_.pipeline = &pipeline_;
    core_.gate = gate_.get();
    core_.clock = Clock::Real();
    server_ = NewServer(kAlice);
  }

  std::unique_ptr<IdentityServer> NewServer(uint32_t uid) const {
    return IdentityServer::Create(core_, TokenTestPeer::Caller(uid), {absl::Minutes(5)},
                                  grpc::ResourceQuota());
  }

  ~ServedAgentTest() override {
    server_ = nullptr;
    if (workers_ != nullptr) workers_->Stop(absl::Seconds(10));
    jobs_->SetHost(nullptr);
    host_ = nullptr;
  }

  void StartHost(absl::Duration longest_step) {
    host_ = std::make_unique<SimulatedJobHost>(jobs_.get(), kSimulationSeed, longest_step);
    jobs_->SetHost(host_.get());
  }

  // What a call names is looked at on threads of their own from now on, and so are launches.
  void StartWorkers(const UserWorkers::Options& options = {}) {
    workers_ = std::make_unique<UserWorkers>(options, Clock::Real());
    core_.workers = workers_.get();
    core_.every_launch_waits = true;
  }

  // On a connection of its own.
  std::unique_ptr<v1::Agent::Stub> Connect() const { return Connect(*server_); }
  static std::unique_ptr<v1::Agent::Stub> Connect(IdentityServer& server) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    server.Accept(UniqueFd(ends[0]));
    return v1::Agent::NewStub(grpc::CreateInsecureChannelFromFd("agent", ends[1]));
  }

  std::vector<v1::Job> Running() {
    v1::ListJobsRequest request;
    request.set_page_size(1000);
    for (const v1::JobState state : {v1::CREATED, v1::RUNNING, v1::DRAINING}) {
      request.mutable_filter()->add_states(state);
    }
    std::vector<v1::Job> jobs;
    do {
      const v1::ListJobsResponse page =
          ListPage(jobs_.get(),
                   std::make_shared<const Principal>(Principal::Posix(kAlice, kAlice, {}, "")),
                   request)
              .value();
      jobs.insert(jobs.end(), page.jobs().begin(), page.jobs().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return jobs;
  }

  static v1::LaunchSpec Spec(const std::string& request_id = "") {
    v1::LaunchSpec spec;
    spec.add_argv("/bin/true");
    spec.set_request_id(request_id);
    return spec;
  }

  TemporaryDirectory directory_;
  SpoolReader spool_{directory_.path()};
  std::unique_ptr<Journal> journal_ = *Journal::Open(directory_.path() + "/journal.db");
  std::unique_ptr<JobManager> jobs_;
  std::unique_ptr<SimulatedJobHost> host_;
  LaunchingPipeline pipeline_{kAlice};
  const std::unique_ptr<CallGate> gate_ = AgentGate();
  std::unique_ptr<UserWorkers> workers_;
  AgentCore core_;
  std::unique_ptr<IdentityServer> server_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_RPC_SERVED_AGENT_H_
