// The seed corpora of the fuzzers, and mutations of them, on every compiler.

#include <gtest/gtest.h>

#include "tests/fuzz/agent_config_fuzz.h"
#include "tests/fuzz/handshake_fuzz.h"
#include "tests/fuzz/jobhost_protocol_fuzz.h"
#include "tests/fuzz/launch_spec_fuzz.h"
#include "tests/fuzz/mutations.h"
#include "tests/fuzz/pac_logon_info_fuzz.h"
#include "tests/fuzz/presented_ticket_fuzz.h"

namespace proctor {
namespace {

TEST(CorpusTest, AgentConfigs) { EXPECT_GE(FuzzCorpus("agent_config", FuzzAgentConfig), 11); }

TEST(CorpusTest, Handshakes) { EXPECT_GE(FuzzCorpus("handshake", FuzzHandshake), 12); }

TEST(CorpusTest, JobHostMessages) {
  EXPECT_GE(FuzzCorpus("jobhost_protocol", FuzzJobHostProtocol), 8);
}

TEST(CorpusTest, LaunchSpecs) { EXPECT_GE(FuzzCorpus("launch_spec", FuzzLaunchSpec), 5); }

TEST(CorpusTest, PacLogonInfos) { EXPECT_GE(FuzzCorpus("pac_logon_info", FuzzPacLogonInfo), 4); }

TEST(CorpusTest, PresentedTickets) {
  EXPECT_GE(FuzzCorpus("presented_ticket", FuzzPresentedTicket), 6);
}

}  // namespace
}  // namespace proctor
