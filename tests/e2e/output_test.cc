// What a job prints is kept exactly, within its bound, and read by offset.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/pattern.h"
#include "tests/e2e/process_table.h"

namespace proctor {
namespace {

using ::testing::IsEmpty;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr uint64_t kLarge = uint64_t{64} << 20;
#else
constexpr uint64_t kLarge = uint64_t{1} << 30;
#endif

class Sha256 {
 public:
  Sha256() : context_(::EVP_MD_CTX_new(), &::EVP_MD_CTX_free) {
    ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr);
  }
  void Update(absl::string_view data) {
    ::EVP_DigestUpdate(context_.get(), data.data(), data.size());
  }
  std::string Digest() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    ::EVP_DigestFinal_ex(context_.get(), digest, &size);
    return std::string(reinterpret_cast<char*>(digest), size);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context_;
};

std::string PatternText(size_t bytes) {
  std::string text(bytes, '\0');
  Pattern().Fill(text.data(), bytes);
  return text;
}

std::string PatternDigest(uint64_t bytes) {
  Pattern pattern;
  Sha256 sha;
  std::string block(65536, '\0');
  for (; bytes > 0; bytes -= std::min<uint64_t>(bytes, block.size())) {
    const size_t size = static_cast<size_t>(std::min<uint64_t>(bytes, block.size()));
    pattern.Fill(block.data(), size);
    sha.Update(absl::string_view(block).substr(0, size));
  }
  return sha.Digest();
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

TEST_F(OutputTest, AGigabyteThatNobodyReadsIsKeptWhole) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, PatternSpec(kLarge, kLarge)).job_id();
    const v1::ExitRecord exit = WaitFinal(client, id);
    EXPECT_EQ(exit.exit_code(), 0);
    EXPECT_EQ(exit.standard_output().bytes_kept(), kLarge);
    EXPECT_EQ(exit.standard_output().bytes_dropped(), 0u);
    Sha256 sha;
    v1::ReadOutputRequest read;
    read.set_job_id(id);
    read.set_stream(v1::STDOUT);
    Must(client
             .ReadOutput(read,
                         [&sha](const v1::OutputChunk& chunk) {
                           sha.Update(chunk.data());
                           return true;
                         })
             .status());
    EXPECT_TRUE(sha.Digest() == PatternDigest(kLarge)) << "the content differs";
  });
}

TEST_F(OutputTest, AGigabyteArrivesWholeAtAReaderWhileItIsPrinted) {
  DoAsUser([this](AgentClient& client) {
    Sha256 sha;
    uint64_t expected = 0;
    RunCallbacks callbacks;
    callbacks.on_output = [&](const v1::OutputChunk& chunk) {
      EXPECT_EQ(chunk.offset(), expected);
      expected += chunk.data().size();
      sha.Update(chunk.data());
    };
    const v1::ExitRecord exit = Must(client.Run(PatternSpec(kLarge, kLarge), callbacks));
    EXPECT_EQ(exit.standard_output().bytes_kept(), kLarge);
    EXPECT_EQ(expected, kLarge);
    EXPECT_TRUE(sha.Digest() == PatternDigest(kLarge)) << "the content differs";
  });
}

TEST_F(OutputTest, TheBoundIsExactAndSoIsTheCountOfWhatWasDropped) {
  DoAsUser([this](AgentClient& client) {
    for (const uint64_t limit : {0, 1, 999, 1000, 1001, 4096, 65536}) {
      const std::string id = Launch(client, PatternSpec(1000, limit)).job_id();
      const v1::ExitRecord exit = WaitFinal(client, id);
      const uint64_t kept = std::min<uint64_t>(limit, 1000);
      EXPECT_EQ(exit.exit_code(), 0) << limit;
      EXPECT_EQ(exit.standard_output().bytes_kept(), kept) << limit;
      EXPECT_EQ(exit.standard_output().bytes_dropped(), 1000 - kept) << limit;
      EXPECT_EQ(exit.standard_output().drop_reason(),
                kept < 1000 ? v1::SPOOL_LIMIT : v1::DROP_REASON_UNSPECIFIED)
          << limit;
      EXPECT_TRUE(Output(client, id) == PatternText(1000).substr(0, kept)) << limit;
    }
  });
}

TEST_F(OutputTest, FarBeyondTheBoundTheJobStillEndsNormally) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, PatternSpec(50'000'000, 100'000)).job_id();
    const v1::ExitRecord exit = WaitFinal(client, id);
    EXPECT_EQ(exit.exit_code(), 0);
    EXPECT_EQ(exit.standard_output().bytes_kept(), 100'000u);
    EXPECT_EQ(exit.standard_output().bytes_dropped(), 49'900'000u);
    EXPECT_TRUE(Output(client, id) == PatternText(100'000));
  });
}

TEST_F(OutputTest, StandardOutputAndErrorAreApartUnlessMerged) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec;
    for (const char* word : {"/bin/sh", "-c", "echo out; echo err >&2; echo out again"}) {
      spec.add_argv(word);
    }
    std::string id = Launch(client, spec).job_id();
    WaitFinal(client, id);
    EXPECT_EQ(Output(client, id, v1::STDOUT), "out\nout again\n");
    EXPECT_EQ(Output(client, id, v1::STDERR), "err\n");
    spec.mutable_standard_error()->mutable_merge();
    id = Launch(client, spec).job_id();
    const v1::ExitRecord exit = WaitFinal(client, id);
    EXPECT_EQ(Output(client, id, v1::STDOUT), "out\nerr\nout again\n");
    EXPECT_EQ(exit.standard_output().bytes_kept(), 18u);
    EXPECT_FALSE(exit.has_standard_error());
  });
}

TEST_F(OutputTest, DiscardedOutputIsNowhere) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("write_pattern", {"1000"});
    spec.mutable_standard_output()->mutable_discard();
    const std::string id = Launch(client, spec).job_id();
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
    EXPECT_EQ(Output(client, id), "");
  });
}

TEST_F(OutputTest, OutputIsReadByOffsetAndLimit) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, PatternSpec(100'000, 200'000)).job_id();
    WaitFinal(client, id);
    const std::string all = PatternText(100'000);
    const auto read = [&](uint64_t offset, uint64_t limit) {
      v1::ReadOutputRequest request;
      request.set_job_id(id);
      request.set_stream(v1::STDOUT);
      request.set_offset(offset);
      request.set_limit(limit);
      std::string output;
      Must(client
               .ReadOutput(request,
                           [&output](const v1::OutputChunk& chunk) {
                             output += chunk.data();
                             return true;
                           })
               .status());
      return output;
    };
    EXPECT_TRUE(read(0, 10) == all.substr(0, 10));
    EXPECT_TRUE(read(99'990, 100) == all.substr(99'990));
    EXPECT_TRUE(read(12'345, 54'321) == all.substr(12'345, 54'321));
    EXPECT_EQ(read(100'000, 0), "");
    EXPECT_EQ(read(uint64_t{1} << 40, 0), "");
  });
}

TEST_F(OutputTest, AReaderThatFollowsGetsWhatComesAndEndsWithTheJob) {
  const std::string end = Shared("end");
  DoAsUser([&](AgentClient& client) {
    const std::string id =
        Launch(client, Spec("mark_launch", {Shared("marks"), "first", end})).job_id();
    std::string output;
    v1::ReadOutputRequest request;
    request.set_job_id(id);
    request.set_stream(v1::STDOUT);
    request.set_follow(true);
    const v1::StreamUsage usage =
        Must(client.ReadOutput(request, [&](const v1::OutputChunk& chunk) {
          output += chunk.data();
          if (output == "first\n") std::ofstream(end) << "now";
          return true;
        }));
    EXPECT_EQ(output, "first\n");
    EXPECT_EQ(usage.bytes_kept(), 6u);
    EXPECT_TRUE(WaitFinal(client, id).final());
  });
}

TEST_F(OutputTest, AJobCannotForgeWhatItPrinted) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("forge_output")).job_id();
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
    EXPECT_EQ(Output(client, id, v1::STDOUT), "genuine\nend\nby name\n");
    EXPECT_EQ(Output(client, id, v1::STDERR), "");
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

TEST_F(OutputTest, DeletingTheRecordGivesTheSpaceBack) {
  const std::string id = AsUser([this](AgentClient& client) {
    const std::string job_id = Launch(client, PatternSpec(1'000'000, 2'000'000)).job_id();
    WaitFinal(client, job_id);
    return job_id;
  });
  const auto holds = [&] {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(directory().File("state"))) {
      if (entry.path().filename().string().find(id) != std::string::npos) return true;
    }
    return false;
  };
  EXPECT_TRUE(holds());
  DoAsUser([&id](AgentClient& client) {
    v1::DeleteJobRequest remove;
    remove.set_job_id(id);
    Must(client.DeleteJob(remove));
    v1::GetJobRequest get;
    get.set_job_id(id);
    EXPECT_EQ(client.GetJob(get).status().code(), absl::StatusCode::kNotFound);
  });
  EXPECT_TRUE(Eventually([&] { return !holds(); }));
}

TEST_F(OutputTest, ARecordWhoseRetentionEndsIsDeletedWithItsOutput) {
  DoAsUser([this](AgentClient&) {
    // Without a request id, for the sake of which the record would stay for a minute.
    ClientOptions options;
    options.target = agent().socket();
    options.make_request_id = false;
    const std::unique_ptr<AgentClient> owned = Must(AgentClient::Connect(options));
    AgentClient& client = *owned;
    v1::LaunchSpec spec = PatternSpec(1000, 1000);
    SetDuration(absl::Milliseconds(100), spec.mutable_retention());
    const std::string id = Launch(client, spec).job_id();
    WaitFinal(client, id);
    v1::GetJobRequest get;
    get.set_job_id(id);
    EXPECT_TRUE(Eventually(
        [&] { return client.GetJob(get).status().code() == absl::StatusCode::kNotFound; }));
  });
  EXPECT_TRUE(
      Eventually([this] { return std::filesystem::is_empty(directory().File("state/spool")); }));
}

// State on a file system of a few megabytes.
class FullSpoolTest : public AgentTest {
 protected:
  void SetUp() override {
    const std::string state = directory().File("small");
    ::mkdir(state.c_str(), 0700);
    if (::mount("proctor-test", state.c_str(), "tmpfs", 0, "size=8m,mode=0700") != 0) {
      GTEST_SKIP() << "needs mount (CAP_SYS_ADMIN): " << std::strerror(errno);
    }
    AgentSetup setup;
    setup.state_directory = state;
    StartAgent(setup);
  }
  void TearDown() override { ::umount2(directory().File("small").c_str(), MNT_DETACH); }
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

}  // namespace
}  // namespace proctor
