#include "client/client_options.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace proctor {
namespace {

TEST(NormalizeTargetTest, UnixSocketsInAllTheirSpellings) {
  EXPECT_EQ(NormalizeTarget("/run/x.sock").value(), "unix:/run/x.sock");
  EXPECT_EQ(NormalizeTarget("unix:/run/x.sock").value(), "unix:/run/x.sock");
  EXPECT_EQ(NormalizeTarget("unix:///run/x.sock").value(), "unix:/run/x.sock");
  EXPECT_EQ(NormalizeTarget("unix:relative.sock").value(), "unix:relative.sock");
  EXPECT_EQ(NormalizeTarget("unix-abstract:name").value(), "unix-abstract:name");
}

TEST(NormalizeTargetTest, HostAndPort) {
  EXPECT_EQ(NormalizeTarget("agent.test:7443").value(), "tls:agent.test:7443");
  EXPECT_EQ(NormalizeTarget("tls:192.0.2.1:7443").value(), "tls:192.0.2.1:7443");
  EXPECT_EQ(NormalizeTarget("[::1]:7443").value(), "tls:[::1]:7443");
  EXPECT_EQ(NormalizeTarget("agent.test").value(), "tls:agent.test:7707");
  EXPECT_EQ(NormalizeTarget("tls:agent").value(), "tls:agent:7707");
  EXPECT_EQ(NormalizeTarget("[::1]").value(), "tls:[::1]:7707");
  for (const std::string target :
       {"agent.test:", "agent.test:0", "agent.test:65536", ":7443", "::1:7443", "::1", "[]:1",
        "a b:1", "tls:", "host/x:1", "agent.test:+1"}) {
    EXPECT_EQ(NormalizeTarget(target).status().code(), absl::StatusCode::kInvalidArgument)
        << target;
  }
}

TEST(NormalizeTargetTest, RefusesWhatIsNoAgent) {
  for (const std::string target :
       {"", "relative/a.sock", "dns:host", "unix:", "unix-abstract:", "unix://host/path"}) {
    EXPECT_EQ(NormalizeTarget(target).status().code(), absl::StatusCode::kInvalidArgument)
        << target;
  }
  EXPECT_FALSE(NormalizeTarget(absl::string_view("/a\0b", 4)).ok());
}

TEST(DefaultTargetTest, EnvironmentWinsUnlessEmpty) {
  ::setenv("PROCTOR_AGENT", "/tmp/a.sock", 1);
  EXPECT_EQ(DefaultTarget(), "/tmp/a.sock");
  ::setenv("PROCTOR_AGENT", "", 1);
  EXPECT_EQ(DefaultTarget(), "unix:/run/proctor/agent.sock");
  ::unsetenv("PROCTOR_AGENT");
  EXPECT_EQ(DefaultTarget(), "unix:/run/proctor/agent.sock");
}

}  // namespace
}  // namespace proctor
