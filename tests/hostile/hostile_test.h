#ifndef PROCTOR_TESTS_HOSTILE_HOSTILE_TEST_H_
#define PROCTOR_TESTS_HOSTILE_HOSTILE_TEST_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/hostile/latency_probe.h"
#include "tests/hostile/rss_watch.h"

namespace proctor {

// What somebody does to the agent, in a process of his own, until a moment. What it returns is
// shown with a failure.
using Flood = std::function<std::string(std::chrono::steady_clock::time_point until)>;

struct Siege {
  std::chrono::milliseconds length = std::chrono::seconds(4);
  // Processes that run the flood at once.
  int attackers = 1;
  // The other user makes a new connection for each launch, idle and besieged.
  bool fresh_connections = false;
  // By how much proctord may grow meanwhile, and what of that it may keep ten seconds later.
  size_t max_growth_bytes = size_t{64} << 20;
  size_t max_kept_bytes = size_t{16} << 20;
};

// Floods an agent and holds it to its promise: another user hardly notices, memory stays bounded
// and is given back. The agent has a bound of address space, and is killed when it grows far beyond
// what it may, so that a failure does not take the machine. Needs root.
class HostileTest : public AgentTest {
 protected:
  void SetUp() override;

  // With a listener on TLS. `config` goes into the configuration file.
  void StartTarget(const std::string& config = "");

  // Targets of RawConnection.
  const std::string& unix_target() { return agent().socket(); }
  std::string tls_target();

  // Measures another user's launches, idle and while `flood` runs, and proctord's memory. The
  // flood runs as an ordinary user. Returns what the attackers' bodies returned.
  std::vector<std::string> Withstand(const Flood& flood, const Siege& siege = Siege());

  // Of the agent's log, without those of the launches that are measured: a faster machine makes
  // more of them.
  size_t CountLinesOfFlood();

 private:
  Latency MeasureIdle(const ProbeSettings& probe);
  std::unique_ptr<ForkedTask> BeginProbe(const ProbeSettings& probe,
                                         std::chrono::steady_clock::time_point until);
  std::unique_ptr<ForkedTask> BeginFlood(const Flood& flood,
                                         std::chrono::steady_clock::time_point until);
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_HOSTILE_HOSTILE_TEST_H_
