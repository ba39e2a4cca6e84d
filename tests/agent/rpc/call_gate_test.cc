#include "agent/rpc/call_gate.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "proctor/v1/agent.pb.h"
#include "proctor/v1/authentication.pb.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

// By way of a message, so that the linker keeps the file's descriptors.
const google::protobuf::ServiceDescriptor* AgentMethods() {
  return v1::LaunchRequest::descriptor()->file()->FindServiceByName("Agent");
}

const google::protobuf::ServiceDescriptor* AuthenticationMethods() {
  return v1::WhoAmIRequest::descriptor()->file()->FindServiceByName("Authentication");
}

TEST(CallGateTest, TheProtosDeclareEveryMethod) {
  EXPECT_TRUE(CallGate::Build({AgentMethods(), AuthenticationMethods()}).ok());
}

TEST(CallGateTest, TheThreeRpcsNeedWhatTheProductPromises) {
  const CallGate gate = *CallGate::Build({AgentMethods()});
  const CallerToken caller = TokenTestPeer::Caller(1000);
  EXPECT_EQ(gate.Admit("Launch", &caller)->token_stage, v1::PRIMARY);
  EXPECT_EQ(gate.Admit("Wait", &caller)->job_right, v1::QUERY);
  EXPECT_EQ(gate.Admit("Kill", &caller)->job_right, v1::TERMINATE);
}

TEST(CallGateTest, AnUndeclaredMethodStopsTheStart) {
  google::protobuf::FileDescriptorProto file;
  file.set_name("undeclared.proto");
  file.add_message_type()->set_name("M");
  auto* service = file.add_service();
  service->set_name("Undeclared");
  auto* method = service->add_method();
  method->set_name("Sneak");
  method->set_input_type("M");
  method->set_output_type("M");
  google::protobuf::DescriptorPool pool;
  const auto* built = pool.BuildFile(file);
  ASSERT_NE(built, nullptr);
  const absl::Status status = CallGate::Build({built->service(0)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("Undeclared.Sneak"));
}

TEST(CallGateTest, NobodyGetsThroughWithoutAnIdentity) {
  const CallGate gate = *CallGate::Build({AgentMethods()});
  EXPECT_EQ(gate.Admit("Wait", nullptr).status().code(), absl::StatusCode::kUnauthenticated);
  const CallerToken caller = TokenTestPeer::Caller(1000);
  EXPECT_EQ(gate.Admit("NoSuchMethod", &caller).status().code(),
            absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace proctor
