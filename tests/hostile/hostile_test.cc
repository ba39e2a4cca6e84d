#include "tests/hostile/hostile_test.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// They take time and terabytes of address space, and their allocators keep what was freed: that the
// agent serves on is what is to be seen.
constexpr bool kFiguresCount = false;
constexpr uint64_t kAddressSpace = 0;
constexpr size_t kKillGrowth = size_t{2} << 30;
#else
constexpr bool kFiguresCount = true;
constexpr uint64_t kAddressSpace = uint64_t{8} << 30;
constexpr size_t kKillGrowth = size_t{512} << 20;
#endif

constexpr size_t kWarmUpLaunches = 50;
constexpr size_t kIdleLaunches = 300;
// Fewer say nothing about the slowest of a hundred.
constexpr size_t kLaunches = 100;
constexpr std::chrono::seconds kTimeToGiveBack(10);
// Attackers have their processors, or are on another machine; here they share the agent's.
constexpr char kAttackerNice[] = "19";

// Where the kernel groups tasks by session, nice(2) counts within a session only: sched(7), "The
// autogroup feature".
void GiveWay() {
  ::setpriority(PRIO_PROCESS, 0, std::atoi(kAttackerNice));
  ::setsid();
  ::prctl(PR_SET_DUMPABLE, 1);  // The change of user has made these files root's.
  std::ofstream("/proc/self/autogroup") << kAttackerNice;
}

}  // namespace

void HostileTest::SetUp() {
  if (!IsRoot()) GTEST_SKIP() << "needs root";
}

void HostileTest::StartTarget(const std::string& config) {
  AgentSetup setup;
  setup.config = absl::StrCat("tls_listen: \"127.0.0.1:0\"\n", config);
  setup.address_space = kAddressSpace;
  setup.log_level = "info";
  StartAgent(std::move(setup));
}

std::string HostileTest::tls_target() {
  const std::string before = "TLS on ";
  std::string endpoint;
  Eventually([&] {
    const std::string log = agent().Log();
    const size_t found = log.find(before);
    const size_t end = log.find(',', found);
    if (found == std::string::npos || end == std::string::npos) return false;
    endpoint = log.substr(found + before.size(), end - found - before.size());
    return true;
  });
  Require(!endpoint.empty(), "the agent does not listen on TLS");
  return endpoint;
}

size_t HostileTest::CountLinesOfFlood() {
  const std::string log = agent().Log();
  const std::vector<absl::string_view> lines = absl::StrSplit(log, '\n');
  return static_cast<size_t>(std::count_if(lines.begin(), lines.end(), [&](absl::string_view line) {
    return !absl::StrContains(line, user().name);
  }));
}

Latency HostileTest::MeasureIdle(const ProbeSettings& probe) {
  ForkedTask measurement(user(), [&probe] {
    MeasureLaunches(probe, [](size_t launches) { return launches >= kWarmUpLaunches; });
    return Serialize(
        MeasureLaunches(probe, [](size_t launches) { return launches >= kIdleLaunches; }));
  });
  return ParseLatency(measurement.Join());
}

std::unique_ptr<ForkedTask> HostileTest::BeginProbe(const ProbeSettings& probe,
                                                    steady_clock::time_point until) {
  return std::make_unique<ForkedTask>(user(), [probe, until] {
    return Serialize(MeasureLaunches(probe, [until](size_t launches) {
      return launches >= kLaunches && steady_clock::now() >= until;
    }));
  });
}

std::unique_ptr<ForkedTask> HostileTest::BeginFlood(const Flood& flood,
                                                    steady_clock::time_point until) {
  return std::make_unique<ForkedTask>(other_user(), [flood, until] {
    GiveWay();
    return flood(until);
  });
}

std::vector<std::string> HostileTest::Withstand(const Flood& flood, const Siege& siege) {
  const ProbeSettings probe = {agent().socket(), Spec("exit_with"), siege.fresh_connections};
  const Latency idle = MeasureIdle(probe);
  const auto until = steady_clock::now() + siege.length;
  std::vector<std::unique_ptr<ForkedTask>> attackers;
  for (int i = 0; i < siege.attackers; ++i) attackers.push_back(BeginFlood(flood, until));
  const std::unique_ptr<ForkedTask> prober = BeginProbe(probe, until);
  const RssWatch memory(agent().pid(), kKillGrowth);  // A thread: no fork after it.
  std::vector<std::string> told;
  const std::string launches = prober->Join();
  for (const auto& attacker : attackers) told.push_back(attacker->Join());
  SCOPED_TRACE(absl::StrCat("the attackers: ", absl::StrJoin(told, "; ")));
  Require(!memory.killed(), absl::StrCat("proctord grew beyond ", kKillGrowth >> 20, " MiB"));

  const Latency besieged = ParseLatency(launches);
  if (kFiguresCount) {
    EXPECT_LT(besieged.p99, 5 * idle.p99 + absl::Milliseconds(20))
        << "idle: " << idle.ToString() << "; besieged: " << besieged.ToString();
    EXPECT_LE(memory.MaxGrowth() >> 10, siege.max_growth_bytes >> 10) << "KiB";
    EXPECT_TRUE(
        Eventually([&] { return memory.Growth() <= siege.max_kept_bytes; }, kTimeToGiveBack))
        << "proctord keeps " << (memory.Growth() >> 10) << " KiB";
  }
  RecordProperty("idle", idle.ToString());
  RecordProperty("besieged", besieged.ToString());
  RecordProperty("max_growth_kib", absl::StrCat(memory.MaxGrowth() >> 10));
  return told;
}

}  // namespace proctor
