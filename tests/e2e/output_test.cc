// What a job prints is kept exactly, within its bound, and read by offset.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/pattern.h"
#include "tests/e2e/process_table.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

std::string PatternText(size_t bytes) {
  std::string text(bytes, '\0');
  Pattern().Fill(text.data(), bytes);
  return text;
}

class OutputTest : public AgentTest {
 protected:
  void SetUp() override { StartAgent(); }

  v1::LaunchSpec PatternSpec(uint64_t bytes, uint64_t limit) {
    v1::LaunchSpec spec = Spec("write_pattern", {absl::StrCat(bytes)});
    spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(limit);
    return spec;
  }
};

TEST_F(OutputTest, AJobCannotForgeWhatItPrinted) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("forge_output")).job_id();
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
    EXPECT_EQ(Output(client, id, v1::STDOUT), "genuine\nend\nby name\n");
    EXPECT_EQ(Output(client, id, v1::STDERR), "");
  });
}

TEST_F(OutputTest, ASpoolFileThatIsGoneOrCutIsDataLoss) {
  const auto read = [](AgentClient& client, const std::string& id, std::string* output) {
    v1::ReadOutputRequest request;
    request.set_job_id(id);
    request.set_stream(v1::STDOUT);
    return client
        .ReadOutput(request,
                    [output](const v1::OutputChunk& chunk) {
                      *output += chunk.data();
                      return true;
                    })
        .status();
  };
  const std::string gone =
      AsUser([this](AgentClient& client) { return Launch(client, PatternSpec(8, 100)).job_id(); });
  const std::string cut =
      AsUser([this](AgentClient& client) { return Launch(client, PatternSpec(8, 100)).job_id(); });
  DoAsUser([&](AgentClient& client) {
    for (const std::string& id : {gone, cut}) WaitFinal(client, id);
  });
  const std::string spool = agent().state_directory() + "/spool/";
  ASSERT_EQ(::unlink((spool + gone + ".out").c_str()), 0);
  ASSERT_EQ(::truncate((spool + cut + ".out").c_str(), 5), 0);
  DoAsUser([&](AgentClient& client) {
    std::string output;
    const absl::Status status = read(client, gone, &output);
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_EQ(output, "");
    EXPECT_EQ(read(client, cut, &output).code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(output, PatternText(5));
    EXPECT_EQ(Output(client, gone, v1::STDERR), "") << "the other stream had nothing";
  });
}

TEST_F(OutputTest, WhoFollowsARunningJobWhoseSpoolIsGoneIsToldAndDoesNotSpin) {
  const std::string gate = Shared("gate");
  v1::LaunchSpec spec;
  spec.add_argv("/bin/sh");
  spec.add_argv("-c");
  spec.add_argv(absl::StrCat("echo first; until [ -e ", gate, " ]; do sleep 0.05; done"));
  const std::string id = AsUser([&](AgentClient& client) {
    const std::string launched = Launch(client, spec).job_id();
    AwaitOutput(client, launched, "first");
    return launched;
  });
  ASSERT_EQ(::unlink((agent().state_directory() + "/spool/" + id + ".out").c_str()), 0);
  DoAsUser([&](AgentClient& client) {
    v1::ReadOutputRequest request;
    request.set_job_id(id);
    request.set_stream(v1::STDOUT);
    request.set_follow(true);
    CallOptions options;
    options.deadline = absl::Seconds(30);
    const absl::Status status =
        client
            .ReadOutput(
                request, [](const v1::OutputChunk&) { return true; }, options)
            .status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    std::ofstream(gate) << "now";
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
  });
}

// The job host has its directory open, and the agent finds nothing under the name.
TEST_F(OutputTest, ARunWhoseSpoolIsGoneIsDataLoss) {
  DoAsUser([this](AgentClient& client) {
    WaitFinal(client, Launch(client, Spec("exit_with")).job_id());
  });
  const std::string spool = agent().state_directory() + "/spool";
  ASSERT_EQ(::rename(spool.c_str(), (spool + ".away").c_str()), 0);
  ASSERT_EQ(::mkdir(spool.c_str(), 0700), 0);
  DoAsUser([this](AgentClient& client) {
    const absl::Status status = client.Run(PatternSpec(8, 100), {}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("0 of the 8 bytes"));
  });
}

TEST_F(OutputTest, AClientThatNeverReadsDelaysNobodyAndCostsTheAgentLittle) {
  static constexpr uint64_t kBytes = 256 << 20;
  const size_t before = ResidentBytes(agent().pid());
  const std::string begun = Shared("begun");
  auto sleeper = Begin(user(), [&](AgentClient& client) {
    RunCallbacks callbacks;
    callbacks.on_output = [&begun](const v1::OutputChunk&) {
      std::ofstream(begun) << "now";
      for (;;) ::pause();
    };
    client.Run(PatternSpec(kBytes, kBytes), callbacks).IgnoreError();
    return std::string();
  });
  ASSERT_TRUE(Eventually([&] { return ::access(begun.c_str(), F_OK) == 0; }));
  DoAsUser([this](AgentClient& client) {
    std::string id;
    for (const v1::Job& job : Must(client.ListAllJobs())) id = job.job_id();
    // The job goes on and ends although its reader does not read.
    EXPECT_EQ(WaitFinal(client, id).standard_output().bytes_kept(), kBytes);
    EXPECT_EQ(WaitMain(client, Launch(client, Spec("exit_with")).job_id()).exit_code(), 0);
  });
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(ResidentBytes(agent().pid()), before + (64 << 20));
#else
  static_cast<void>(before);
#endif
}

// State on a file system of a few megabytes.
class FullSpoolTest : public AgentTest {
 protected:
  void SetUp() override { StartOnSmallDisk(""); }
  void StartOnSmallDisk(const std::string& config) {
    const std::string state = directory().File("small");
    ::mkdir(state.c_str(), 0700);
    if (::mount("proctor-test", state.c_str(), "tmpfs", 0, "size=8m,mode=0700") != 0) {
      GTEST_SKIP() << "needs mount (CAP_SYS_ADMIN): " << std::strerror(errno);
    }
    AgentSetup setup;
    setup.state_directory = state;
    setup.config = config;
    StartAgent(setup);
  }
  void TearDown() override { ::umount2(directory().File("small").c_str(), MNT_DETACH); }

  // What is kept of a job that prints so much.
  static v1::StreamUsage Print(AgentClient& client, v1::LaunchSpec spec, uint64_t bytes) {
    spec.add_argv(absl::StrCat(bytes));
    spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(bytes);
    return WaitFinal(client, Launch(client, spec).job_id()).standard_output();
  }
};

TEST_F(FullSpoolTest, AFullDiskIsRecordedAndTheJobGoesOn) {
  static constexpr uint64_t kBytes = 20'000'000;
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("write_pattern", {absl::StrCat(kBytes)});
    spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(kBytes);
    const std::string id = Launch(client, spec).job_id();
    const v1::ExitRecord exit = WaitFinal(client, id);
    EXPECT_EQ(exit.reason(), v1::EXITED);
    EXPECT_EQ(exit.exit_code(), 0);
    EXPECT_EQ(exit.standard_output().drop_reason(), v1::SPOOL_FULL);
    EXPECT_GT(exit.standard_output().bytes_kept(), 1'000'000u);
    EXPECT_EQ(exit.standard_output().bytes_kept() + exit.standard_output().bytes_dropped(), kBytes);
    EXPECT_TRUE(Output(client, id) == PatternText(exit.standard_output().bytes_kept()));
  });
}

class SpoolReserveOfAgentTest : public FullSpoolTest {
 protected:
  void SetUp() override { StartOnSmallDisk("limits { spool_reserve_bytes: 7000000 }"); }
};

TEST_F(SpoolReserveOfAgentTest, AFullSpoolRefusesNobodysLaunches) {
  static constexpr uint64_t kBytes = 20'000'000;
  DoAsUser([this](AgentClient& client) {
    const v1::StreamUsage kept = Print(client, Spec("write_pattern"), kBytes);
    EXPECT_EQ(kept.drop_reason(), v1::SPOOL_FULL);
    EXPECT_LT(kept.bytes_kept(), (8u << 20) - 7'000'000);
  });
  const auto launch = [this](AgentClient& client) {
    for (int i = 0; i < 200; ++i) {
      v1::LaunchSpec spec = Spec("exit_with");
      for (const char* const label : {"a", "b", "c", "d"}) {
        (*spec.mutable_labels())[label] = std::string(250, 'x');
      }
      EXPECT_EQ(WaitFinal(client, Launch(client, spec).job_id()).exit_code(), 0);
    }
    EXPECT_EQ(Print(client, Spec("write_pattern"), 10).drop_reason(), v1::SPOOL_FULL);
  };
  DoAsUser(launch);
  Do(other_user(), launch);
  // The journal has all of it.
  agent().Kill();
  agent().Start();
  DoAsUser([](AgentClient& client) { EXPECT_EQ(Must(client.ListAllJobs()).size(), 202u); });
}

}  // namespace
}  // namespace proctor
