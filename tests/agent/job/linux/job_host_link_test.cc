#include "agent/job/linux/job_host_link.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

class DeafListener final : public JobHostListener {
 public:
  void OnHostReady(const JobHostInfo&, const std::vector<jobhost::JobReport>&) override {}
  void OnJobReport(const jobhost::JobReport&) override {}
  void OnOutputProgress(const jobhost::OutputProgress&) override {}
  void OnSignalReply(const jobhost::SignalReply&) override {}
  void OnHostLost(const std::string&) override {}
};

// A path that can never be right ends the start at once, not when its time is over.
TEST(JobHostLinkTest, AnInvalidArgumentIsFinal) {
  DeafListener listener;
  JobHostLink::Options options;
  options.socket = "/" + std::string(200, 'x');
  JobHostLink link(std::move(options), &listener, [](const std::string&) {});
  EXPECT_EQ(link.Start(absl::Hours(1)).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace proctor
