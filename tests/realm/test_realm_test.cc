#include "tests/realm/test_realm.h"

#include <gmock/gmock.h>
#include <gssapi/gssapi.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

class TestRealmTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = TestRealm::WhatIsMissing();
    if (!missing.empty()) GTEST_SKIP() << "needs " << missing;
    absl::StatusOr<std::unique_ptr<TestRealm>> realm = TestRealm::Create();
    ASSERT_TRUE(realm.ok()) << realm.status();
    realm_ = *std::move(realm);
  }

  static void Export(const ProgramEnvironment& environment) {
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  }

  std::unique_ptr<TestRealm> realm_;
};

std::string Text(const gss_buffer_desc& buffer) {
  return std::string(static_cast<const char*>(buffer.value), buffer.length);
}

// The client's name as the acceptor has it after one exchange of tokens for `service` (GSS
// host-based: "proctor@localhost"), or the routine that failed.
std::string Handshake(const std::string& service) {
  OM_uint32 minor;
  std::string spelt = service;
  gss_buffer_desc name = {spelt.size(), spelt.data()};
  gss_name_t target = GSS_C_NO_NAME;
  gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &target);
  gss_ctx_id_t initiator = GSS_C_NO_CONTEXT;
  gss_ctx_id_t acceptor = GSS_C_NO_CONTEXT;
  gss_buffer_desc token = GSS_C_EMPTY_BUFFER;
  gss_buffer_desc reply = GSS_C_EMPTY_BUFFER;
  gss_name_t client = GSS_C_NO_NAME;
  gss_buffer_desc shown = GSS_C_EMPTY_BUFFER;
  std::string result;
  const OM_uint32 sent = gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &initiator, target,
                                              GSS_C_NO_OID, GSS_C_MUTUAL_FLAG, 0, nullptr, nullptr,
                                              nullptr, &token, nullptr, nullptr);
  if (GSS_ERROR(sent)) {
    result = absl::StrCat("gss_init_sec_context: ", sent, " ", minor);
  } else {
    const OM_uint32 accepted =
        gss_accept_sec_context(&minor, &acceptor, GSS_C_NO_CREDENTIAL, &token, nullptr, &client,
                               nullptr, &reply, nullptr, nullptr, nullptr);
    result = absl::StrCat("gss_accept_sec_context: ", accepted, " ", minor);
    if (accepted == GSS_S_COMPLETE) {
      gss_display_name(&minor, client, &shown, nullptr);
      result = Text(shown);
    }
  }
  gss_release_buffer(&minor, &token);
  gss_release_buffer(&minor, &reply);
  gss_release_buffer(&minor, &shown);
  gss_release_name(&minor, &target);
  gss_release_name(&minor, &client);
  gss_delete_sec_context(&minor, &initiator, nullptr);
  gss_delete_sec_context(&minor, &acceptor, nullptr);
  return result;
}

TEST_F(TestRealmTest, GivesATicketThatAServiceAccepts) {
  ASSERT_TRUE(realm_->AddPrincipal("alice", "secret").ok());
  const absl::StatusOr<std::string> keytab = realm_->AddService("proctor/localhost");
  ASSERT_TRUE(keytab.ok()) << keytab.status();
  const std::string ccache = realm_->File("alice.ccache");
  const absl::Status kinit = realm_->Kinit("alice", ccache);
  ASSERT_TRUE(kinit.ok()) << kinit;
  Export(realm_->ClientEnvironment(ccache));
  Export(realm_->AcceptorEnvironment(*keytab));
  EXPECT_EQ(Handshake("proctor@localhost"), "alice@PROCTOR.TEST");
  EXPECT_THAT(Handshake("proctor@elsewhere"), HasSubstr("gss_init_sec_context"));
}

TEST_F(TestRealmTest, TicketsForAnOldKeyAreRefusedOnceItIsForgotten) {
  ASSERT_TRUE(realm_->AddPrincipal("alice", "secret").ok());
  const absl::StatusOr<std::string> keytab = realm_->AddService("proctor/localhost");
  ASSERT_TRUE(keytab.ok()) << keytab.status();
  const std::string ccache = realm_->File("alice.ccache");
  ASSERT_TRUE(realm_->Kinit("alice", ccache).ok());
  Export(realm_->ClientEnvironment(ccache));
  Export(realm_->AcceptorEnvironment(*keytab));
  ASSERT_EQ(Handshake("proctor@localhost"), "alice@PROCTOR.TEST");
  ASSERT_TRUE(realm_->NewKey("proctor/localhost").ok());
  EXPECT_EQ(Handshake("proctor@localhost"), "alice@PROCTOR.TEST") << "the cached ticket";
  ASSERT_TRUE(realm_->ForgetOldKeys("proctor/localhost").ok());
  EXPECT_THAT(Handshake("proctor@localhost"), HasSubstr("gss_accept_sec_context"));
  ASSERT_TRUE(realm_->Kinit("alice", ccache).ok());
  EXPECT_EQ(Handshake("proctor@localhost"), "alice@PROCTOR.TEST") << "a ticket for the new key";
}

TEST_F(TestRealmTest, AStoppedKdcGivesNothingUntilItIsStartedAgain) {
  ASSERT_TRUE(realm_->AddPrincipal("alice", "secret").ok());
  realm_->StopKdc();
  EXPECT_FALSE(realm_->Kinit("alice", realm_->File("alice.ccache")).ok());
  const absl::Status started = realm_->StartKdc();
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_TRUE(realm_->Kinit("alice", realm_->File("alice.ccache")).ok());
}

TEST_F(TestRealmTest, TicketsAreAsAskedFor) {
  ASSERT_TRUE(realm_->AddPrincipal("alice", "secret").ok());
  const std::string ccache = realm_->File("alice.ccache");
  for (const bool forwardable : {true, false}) {
    KinitOptions options;
    options.forwardable = forwardable;
    ASSERT_TRUE(realm_->Kinit("alice", ccache, options).ok());
    const absl::StatusOr<FinishedProgram> klist =
        RunProgram({"klist", "-f"}, realm_->ClientEnvironment(ccache));
    ASSERT_TRUE(klist.ok());
    const size_t flags = klist->output.find("Flags: ");
    ASSERT_NE(flags, std::string::npos) << klist->output;
    EXPECT_EQ(klist->output.substr(flags + 7, 8).find('F') != std::string::npos, forwardable)
        << klist->output;
  }
}

TEST_F(TestRealmTest, TwoRealmsTrustEachOther) {
  RealmOptions options;
  options.name = "OTHER.TEST";
  absl::StatusOr<std::unique_ptr<TestRealm>> other = TestRealm::Create(options);
  ASSERT_TRUE(other.ok()) << other.status();
  const absl::Status trust = realm_->Trust(**other);
  ASSERT_TRUE(trust.ok()) << trust;
  ASSERT_TRUE((*other)->AddPrincipal("mallory", "secret").ok());
  ASSERT_TRUE(realm_->AddService("proctor/localhost").ok());
  const std::string ccache = (*other)->File("mallory.ccache");
  ASSERT_TRUE((*other)->Kinit("mallory", ccache).ok());
  const absl::StatusOr<FinishedProgram> kvno =
      RunProgram({"kvno", "proctor/localhost@PROCTOR.TEST"}, (*other)->ClientEnvironment(ccache));
  ASSERT_TRUE(kvno.ok());
  EXPECT_EQ(kvno->exit_code, 0) << kvno->output;
}

TEST_F(TestRealmTest, LeavesNothingBehind) {
  const std::string directory = realm_->directory();
  ASSERT_TRUE(std::filesystem::exists(directory));
  realm_.reset();
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST_F(TestRealmTest, TheProgramPrintsTheEnvironmentAndEndsWithItsInput) {
  const absl::StatusOr<FinishedProgram> program =
      RunProgram({PROCTOR_BIN_DIR "/realm_main", "-u", "alice:secret", "-s", "proctor/agent.test"});
  ASSERT_TRUE(program.ok()) << program.status();
  EXPECT_EQ(program->exit_code, 0) << program->output;
  EXPECT_THAT(program->output, HasSubstr("KRB5_CONFIG="));
  EXPECT_THAT(program->output, HasSubstr("CCACHE_alice="));
  EXPECT_THAT(program->output, HasSubstr("KEYTAB_proctor/agent.test="));
}

}  // namespace
}  // namespace proctor
