#ifndef PROCTOR_TESTS_HOSTILE_LATENCY_PROBE_H_
#define PROCTOR_TESTS_HOSTILE_LATENCY_PROBE_H_

#include <cstddef>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// How long Launch calls took that were made one after the other.
struct Latency {
  size_t launches = 0;
  absl::Duration p50;
  absl::Duration p99;
  absl::Duration max;

  std::string ToString() const;
};

struct ProbeSettings {
  std::string target;
  v1::LaunchSpec spec;  // Of a job that ends by itself.
  // A new connection for each launch, whose making counts.
  bool fresh_connections = false;
};

// Launches, waits and deletes until `enough`, which is asked with the number of launches so far.
// Every call must succeed; one that does not ends the test. Call it in a ForkedTask: it uses gRPC.
Latency MeasureLaunches(const ProbeSettings& settings, const std::function<bool(size_t)>& enough);

// As text that a ForkedTask returns, and back.
std::string Serialize(const Latency& latency);
Latency ParseLatency(const std::string& text);

}  // namespace proctor

#endif  // PROCTOR_TESTS_HOSTILE_LATENCY_PROBE_H_
