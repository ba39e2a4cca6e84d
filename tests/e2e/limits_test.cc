// Bounds per user, bounds of the machine, and that nothing accumulates.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/unique_fd.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/process_table.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class LimitsTest : public AgentTest {
 protected:
  void StartWith(const std::string& limits) {
    AgentSetup setup;
    setup.config = absl::StrCat("limits { ", limits, " }");
    StartAgent(setup);
  }

  void ExpectExhausted(const absl::Status& status, const std::string& subject) {
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_THAT(GetFailureDetail(status).value_or(v1::FailureDetail()).subject(),
                HasSubstr(subject));
  }

  void ExpectThatOthersAreServed() {
    if (!IsRoot()) return;
    Do(other_user(), [this](AgentClient& client) {
      EXPECT_EQ(WaitMain(client, Launch(client, Spec("exit_with")).job_id()).exit_code(), 0);
    });
  }
};

UniqueFd RawConnection(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) fd.reset();
  return fd;
}

TEST_F(LimitsTest, RunningJobsPerUser) {
  StartWith("max_running_jobs_per_user: 3");
  DoAsUser([this](AgentClient& client) {
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(Launch(client, Spec("wait_for_end")).job_id());
    ExpectExhausted(TryLaunch(client, Spec("wait_for_end")).status(), "max_running_jobs_per_user");
    Kill(client, ids[0], absl::ZeroDuration());
    ids.push_back(Launch(client, Spec("wait_for_end")).job_id());
  });
  ExpectThatOthersAreServed();
}

TEST_F(LimitsTest, RecordsPerUser) {
  StartWith("max_records_per_user: 3");
  DoAsUser([this](AgentClient& client) {
    std::string id;
    for (int i = 0; i < 3; ++i) {
      id = Launch(client, Spec("exit_with")).job_id();
      WaitFinal(client, id);
    }
    ExpectExhausted(TryLaunch(client, Spec("exit_with")).status(), "max_records_per_user");
    v1::DeleteJobRequest remove;
    remove.set_job_id(id);
    Must(client.DeleteJob(remove));
    Launch(client, Spec("exit_with"));
  });
  ExpectThatOthersAreServed();
}

// What gRPC may buffer for a user has room for the longest request, and for what is left of the one
// before.
TEST_F(LimitsTest, TheLongestRequestsOneAfterTheOtherAreTaken) {
  StartWith("");
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("exit_with");
    spec.mutable_standard_input()->set_data(std::string(8'300'000, 'x'));
    for (int i = 0; i < 100; ++i) {
      const auto launched = TryLaunch(client, spec);
      ASSERT_TRUE(launched.ok()) << i << " " << launched.status();
      WaitFinal(client, launched->job_id());
    }
  });
}

// gRPC ends requests for which there is no room; the client sends them again.
TEST_F(LimitsTest, MoreLongRequestsAtOnceThanThereIsRoomForAreAllTaken) {
  StartWith("");
  DoAsUser([this](AgentClient&) {
    v1::LaunchSpec spec = Spec("exit_with");
    spec.mutable_standard_input()->set_data(std::string(8'300'000, 'x'));
    std::vector<std::thread> callers;
    for (int i = 0; i < 12; ++i) {
      callers.emplace_back([this, spec] {
        ClientOptions options;
        options.target = agent().socket();
        const std::unique_ptr<AgentClient> client = Must(AgentClient::Connect(options));
        for (int launch = 0; launch < 3; ++launch) {
          const auto launched = TryLaunch(*client, spec);
          EXPECT_TRUE(launched.ok()) << launched.status();
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  });
}

TEST_F(LimitsTest, RecordBytesPerUser) {
  StartWith("max_record_bytes_per_user: 1000000");
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("exit_with");
    for (int i = 0; i < 6; ++i) spec.add_argv(std::string(100'000, '0'));
    const std::string id = Launch(client, spec).job_id();
    WaitFinal(client, id);
    ExpectExhausted(TryLaunch(client, spec).status(), "max_record_bytes_per_user");
    v1::DeleteJobRequest remove;
    remove.set_job_id(id);
    Must(client.DeleteJob(remove));
    Launch(client, spec);
  });
  ExpectThatOthersAreServed();
}

TEST_F(LimitsTest, SpoolBytesPerUserCountWhatRunningJobsMayStillKeep) {
  StartWith("max_spool_bytes_per_user: 10000000 max_stream_bytes: 10000000");
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("wait_for_end");
    spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(6'000'000);
    spec.mutable_standard_error()->mutable_discard();
    const std::string first = Launch(client, spec).job_id();
    ExpectExhausted(TryLaunch(client, spec).status(), "max_spool_bytes_per_user");
    // Ended, it holds only the few bytes that it printed.
    Kill(client, first, absl::ZeroDuration());
    Launch(client, spec);
  });
}

TEST_F(LimitsTest, BytesPerStream) {
  StartWith("max_stream_bytes: 1000 } defaults { stream_bytes: 500");
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("exit_with");
    spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(1001);
    const absl::Status status = TryLaunch(client, spec).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(GetFailureDetail(status).value_or(v1::FailureDetail()).field(),
              "spec.standard_output.spool.limit_bytes");
    EXPECT_EQ(Must(client.DescribeAgent()).limits().max_stream_bytes(), 1000u);
    EXPECT_EQ(WaitMain(client, Launch(client, Spec("exit_with")).job_id()).exit_code(), 0);
  });
}

TEST_F(LimitsTest, RequestBytes) {
  StartWith("max_request_bytes: 100000");
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("copy_input");
    spec.mutable_standard_input()->set_data(std::string(200'000, 'x'));
    ExpectExhausted(TryLaunch(client, spec).status(), "max_request_bytes");
  });
}

TEST_F(LimitsTest, ConnectionsPerUser) {
  StartWith("max_connections_per_user: 4");
  const std::string socket = agent().socket();
  DoAsUser([&](AgentClient& client) {
    Must(client.WhoAmI());
    std::vector<UniqueFd> connections;
    for (int i = 0; i < 8; ++i) connections.push_back(RawConnection(socket));
    const auto closed = [&connections] {
      // The end of the stream: the agent has hung up. An open one has the server's preface, or
      // nothing yet.
      return std::count_if(connections.begin(), connections.end(), [](const UniqueFd& fd) {
        char buffer[4096];
        if (!fd.valid()) return true;
        for (;;) {
          const ssize_t n = ::recv(fd.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
          if (n == 0 || (n < 0 && errno == ECONNRESET)) return true;
          if (n < 0) return false;
        }
      });
    };
    EXPECT_TRUE(Eventually([&] { return closed() >= 5; })) << closed();
    Must(client.WhoAmI());  // Those that were there before stay.
  });
  ExpectThatOthersAreServed();
}

TEST_F(LimitsTest, CallsPerUserAreCountedUntilTheyEnd) {
  StartWith("max_calls_per_user: 3");
  const std::string id =
      AsUser([this](AgentClient& client) { return Launch(client, Spec("wait_for_end")).job_id(); });
  const auto waits = Begin(user(), [this, &id](AgentClient& client) {
    v1::WaitRequest request;
    request.set_job_id(id);
    std::vector<std::thread> threads;
    // The launch counts until gRPC has let go of it, a little after its client has the answer.
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        EXPECT_TRUE(
            Eventually([&] { return !absl::IsResourceExhausted(client.Wait(request).status()); }));
      });
    }
    for (std::thread& thread : threads) thread.join();
    return std::string();
  });
  DoAsUser([this](AgentClient& client) {
    absl::Status refused;
    EXPECT_TRUE(Eventually([&] {
      refused = client.WhoAmI().status();
      return !refused.ok();
    }));
    ExpectExhausted(refused, "max_calls_per_user");
  });
  ExpectThatOthersAreServed();
  waits->Kill();
  DoAsUser([&](AgentClient& client) {
    EXPECT_TRUE(Eventually([&] { return client.WhoAmI().ok(); }));
    Kill(client, id, absl::ZeroDuration());
  });
}

TEST_F(LimitsTest, TheAgentTellsWhatTheCallerHasOfItsBounds) {
  StartWith("max_calls_per_user: 7 max_new_calls_per_second_per_user: 900");
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("wait_for_end")).job_id();
    v1::DescribeAgentResponse agent;
    // A call counts until gRPC has let go of it, a little after its client has the answer.
    EXPECT_TRUE(Eventually([&] {
      agent = Must(client.DescribeAgent());
      return agent.caller_usage().calls() == 1;
    })) << agent.caller_usage().calls();
    EXPECT_EQ(agent.limits().max_calls_per_user(), 7u);
    EXPECT_EQ(agent.limits().max_new_calls_per_second_per_user(), 900u);
    EXPECT_EQ(agent.limits().max_tls_connections(), 0u) << "no listener";
    EXPECT_EQ(agent.caller_usage().connections(), 1u);
    EXPECT_EQ(agent.caller_usage().running_jobs(), 1u);
    EXPECT_EQ(agent.caller_usage().records(), 1u);
    EXPECT_GT(agent.caller_usage().spool_bytes(), 0u);
    Kill(client, id, absl::ZeroDuration());
    EXPECT_EQ(Must(client.DescribeAgent()).caller_usage().running_jobs(), 0u);
  });
}

TEST_F(LimitsTest, GarbageOnTheSocketEndsThatConnectionOnly) {
  StartAgent();
  const std::string socket = agent().socket();
  DoAsUser([&](AgentClient& client) {
    for (int i = 0; i < 20; ++i) {
      const UniqueFd fd = RawConnection(socket);
      const std::string garbage(100'000, static_cast<char>(i * 13));
      ::send(fd.get(), garbage.data(), garbage.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    Must(client.WhoAmI());
  });
}

TEST_F(LimitsTest, WithoutFreeDescriptorsLaunchesFailClearlyAndComeBack) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "needs programs without AddressSanitizer, whose runtime opens files of its own";
#endif
  AgentSetup setup;
  setup.descriptor_limit = 160;
  StartAgent(setup);
  DoAsUser([this](AgentClient& client) {
    std::vector<std::string> ids;
    absl::Status refusal;
    while (refusal.ok() && ids.size() < 300) {
      const absl::StatusOr<v1::LaunchResponse> job = TryLaunch(client, Spec("wait_for_end"));
      refusal = job.status();
      if (job.ok()) ids.push_back(job->job_id());
    }
    EXPECT_EQ(refusal.code(), absl::StatusCode::kResourceExhausted) << refusal;
    EXPECT_THAT(GetFailureDetail(refusal).value_or(v1::FailureDetail()).os_error_name(), "EMFILE");
    EXPECT_GT(ids.size(), 10u);
    for (const std::string& id : ids) {
      EXPECT_EQ(Kill(client, id, absl::ZeroDuration()).exit().reason(), v1::KILLED);
    }
    EXPECT_EQ(WaitMain(client, Launch(client, Spec("exit_with", {"6"})).job_id()).exit_code(), 6);
  });
}

TEST_F(LimitsTest, FiveThousandLaunchesLeaveNoDescriptorCgroupZombieOrThreadBehind) {
  StartAgent();
  constexpr int kThreads = 16;
  const auto launch = [this](int count) {
    DoAsUser([this, count](AgentClient& client) {
      std::vector<std::thread> threads;
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          for (int i = t; i < count; i += kThreads) {
            v1::LaunchSpec spec = Spec("exit_with", {absl::StrCat(i % 100)});
            const absl::StatusOr<v1::LaunchResponse> job = TryLaunch(client, spec);
            EXPECT_TRUE(job.ok()) << job.status();
            if (!job.ok()) return;
            v1::WaitRequest wait;
            wait.set_job_id(job->job_id());
            wait.set_until(v1::WaitRequest::FINAL);
            const absl::StatusOr<v1::WaitResponse> answer = client.Wait(wait);
            EXPECT_TRUE(answer.ok()) << answer.status();
            if (answer.ok()) {
              EXPECT_EQ(answer->exit().exit_code(), i % 100);
            }
            v1::DeleteJobRequest remove;
            remove.set_job_id(job->job_id());
            EXPECT_TRUE(client.DeleteJob(remove).ok());
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
    });
  };
  launch(500);  // Pools are filled.
  const pid_t host = agent().host_pid();
  const size_t agent_descriptors = CountDescriptors(agent().pid());
  const size_t agent_threads = CountThreads(agent().pid());
  const size_t host_descriptors = CountDescriptors(host);
  const size_t host_threads = CountThreads(host);
  const size_t cgroups = agent().cgroup().CountCgroups();
  launch(5000);
  // A pool may have grown by what was in flight at once, and by no more.
  EXPECT_TRUE(Eventually(
      [&] { return CountZombieChildren(host) == 0 && CountZombieChildren(agent().pid()) == 0; }));
  constexpr size_t kInFlight = 2 * kThreads;
  EXPECT_LE(CountDescriptors(agent().pid()), agent_descriptors + kInFlight);
  EXPECT_LE(CountThreads(agent().pid()), agent_threads + kInFlight);
  EXPECT_LE(CountDescriptors(host), host_descriptors + 2 * kInFlight);
  EXPECT_LE(CountThreads(host), host_threads + kInFlight);  // Launchers come on demand.
  EXPECT_LE(agent().cgroup().CountCgroups(), cgroups + kInFlight);
  EXPECT_THAT(ProcessesOf(directory().Program("exit_with")), IsEmpty());
}

TEST_F(LimitsTest, TheAgentTellsItsLimits) {
  StartWith(
      "max_running_jobs_per_user: 17 max_retention_seconds: 60 } defaults { retention_seconds: 60");
  DoAsUser([](AgentClient& client) {
    const v1::DescribeAgentResponse about = Must(client.DescribeAgent());
    EXPECT_EQ(about.limits().max_running_jobs_per_user(), 17u);
    EXPECT_EQ(about.limits().max_retention().seconds(), 60);
    EXPECT_THAT(about.version(), Not(IsEmpty()));
    EXPECT_THAT(about.platform(), HasSubstr("linux"));
    EXPECT_THAT(about.agent_life(), Not(IsEmpty()));
    EXPECT_THAT(about.job_host_life(), Not(IsEmpty()));
    EXPECT_FALSE(about.draining());
  });
}

}  // namespace
}  // namespace proctor
