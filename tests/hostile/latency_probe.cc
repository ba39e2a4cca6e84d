#include "tests/hostile/latency_probe.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/agent_client.h"
#include "common/clock.h"
#include "tests/conformance/agent_calls.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

std::unique_ptr<AgentClient> Connect(const std::string& target) {
  ClientOptions options;
  options.target = target;
  // A call that had to be made again is one that failed.
  options.retry.window = absl::ZeroDuration();
  return Must(AgentClient::Connect(std::move(options)));
}

absl::Duration Percentile(const std::vector<absl::Duration>& sorted, size_t percent) {
  return sorted.empty() ? absl::ZeroDuration() : sorted[(sorted.size() - 1) * percent / 100];
}

}  // namespace

std::string Latency::ToString() const {
  return absl::StrCat(launches, " launches, p50 ", absl::FormatDuration(p50), ", p99 ",
                      absl::FormatDuration(p99), ", max ", absl::FormatDuration(max));
}

Latency MeasureLaunches(const ProbeSettings& settings, const std::function<bool(size_t)>& enough) {
  std::vector<absl::Duration> took;
  std::unique_ptr<AgentClient> client = Connect(settings.target);
  while (!enough(took.size())) {
    const absl::Duration start = Clock::Real()->Monotonic();
    absl::StatusOr<v1::LaunchResponse> launched = absl::UnknownError("");
    // A socket whose backlog is full turns connections away, which gRPC takes for an error; clients
    // try again, and that time counts.
    Eventually([&] {
      if (settings.fresh_connections) client = Connect(settings.target);
      launched = TryLaunch(*client, settings.spec);
      return !settings.fresh_connections || !absl::IsUnavailable(launched.status());
    });
    const std::string job = Must(std::move(launched)).job_id();
    took.push_back(Clock::Real()->Monotonic() - start);
    WaitFinal(*client, job);
    v1::DeleteJobRequest remove;
    remove.set_job_id(job);
    Must(client->DeleteJob(remove));
  }
  std::sort(took.begin(), took.end());
  return {took.size(), Percentile(took, 50), Percentile(took, 99), Percentile(took, 100)};
}

std::string Serialize(const Latency& latency) {
  return absl::StrCat(latency.launches, " ", absl::ToInt64Microseconds(latency.p50), " ",
                      absl::ToInt64Microseconds(latency.p99), " ",
                      absl::ToInt64Microseconds(latency.max));
}

Latency ParseLatency(const std::string& text) {
  std::vector<int64_t> values;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    Require(absl::SimpleAtoi(word, &values.emplace_back()), text);
  }
  Require(values.size() == 4, "the probe ended without a result");
  return {static_cast<size_t>(values[0]), absl::Microseconds(values[1]),
          absl::Microseconds(values[2]), absl::Microseconds(values[3])};
}

}  // namespace proctor
