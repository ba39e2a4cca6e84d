#include "agent/linux/name_helpers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <fstream>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/linux/name_failure.h"
#include "agent/token/posix/account_identity.h"
#include "common/failure_detail.h"
#include "common/os_error.h"
#include "tests/agent/job/temporary_directory.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kProgram[] = PROCTOR_BIN_DIR "/proctord";
// An account that every machine has, and that is not the superuser's.
constexpr char kAccount[] = "daemon";

class NameHelpersTest : public ::testing::Test {
 protected:
  // A helper whose id is in the file "pids", and that runs `lines` before it becomes proctord.
  std::string Program(const std::string& lines) {
    const std::string path = directory_.File("helper");
    std::ofstream(path) << "#!/bin/sh\ncd " << directory_.path() << "\necho $$ >>pids\n"
                        << lines << "\nexec " << kProgram << " \"$@\"\n";
    ::chmod(path.c_str(), 0755);
    return path;
  }
  std::vector<pid_t> Started() const {
    std::vector<pid_t> pids;
    std::ifstream file(directory_.File("pids"));
    for (pid_t pid; file >> pid;) pids.push_back(pid);
    return pids;
  }

  TemporaryDirectory directory_;
};

TEST_F(NameHelpersTest, AnAnswerIsWhatTheNameServiceSays) {
  const NameHelpers names({.program = kProgram});
  const v1::Principal expected = IdentityOfAccount(kAccount).value();
  const absl::StatusOr<v1::Principal> by_name = names.IdentityOfAccount(kAccount);
  ASSERT_TRUE(by_name.ok()) << by_name.status();
  EXPECT_EQ(by_name->SerializeAsString(), expected.SerializeAsString());
  const absl::StatusOr<v1::Principal> by_uid = names.IdentityOfUid(expected.posix().uid());
  ASSERT_TRUE(by_uid.ok()) << by_uid.status();
  EXPECT_EQ(by_uid->SerializeAsString(), expected.SerializeAsString());
  const absl::optional<Account> root = names.EntryOf(0);
  ASSERT_TRUE(root.has_value());
  EXPECT_TRUE(root->known);
  EXPECT_EQ(root->name, "root");
  EXPECT_EQ(root->home, "/root");
  EXPECT_FALSE(root->shell.empty());
  EXPECT_EQ(names.UserKey("root").value(), "0");
  EXPECT_EQ(names.GroupKey("root").value(), "0");
}

TEST_F(NameHelpersTest, AFailureIsWhatTheNameServiceSays) {
  const NameHelpers names({.program = kProgram});
  const absl::Status expected = IdentityOfAccount("no-such-account").status();
  EXPECT_EQ(names.IdentityOfAccount("no-such-account").status(), expected);
  EXPECT_TRUE(absl::IsNotFound(expected));
  EXPECT_TRUE(absl::IsNotFound(names.IdentityOfAccount("\xff").status()));
  const absl::optional<Account> nobody = names.EntryOf(4000000001u);
  ASSERT_TRUE(nobody.has_value());
  EXPECT_FALSE(nobody->known);
  EXPECT_FALSE(names.UidOf("S-1-5-21-1-2-3-1104").ok());
}

TEST_F(NameHelpersTest, APrincipalsAccountIsFoundByTheSameRules) {
  NegotiateFacts facts;
  facts.client_principal = "alice@OTHER.TEST";
  facts.service_principal = "proctor/localhost@PROCTOR.TEST";
  const NameHelpers names({.program = kProgram});
  const absl::StatusOr<LocalAccount> account = names.FindLocalAccount(facts, {"THIRD.TEST"});
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_FALSE(account->principal.has_posix());
  EXPECT_THAT(account->mapped_by,
              HasSubstr("the realm OTHER.TEST is neither the agent's, PROCTOR.TEST, nor one"));
  EXPECT_THAT(account->advice, HasSubstr("trusted_realm"));
  const absl::StatusOr<LocalAccount> trusted =
      names.FindLocalAccount(facts, {"THIRD.TEST", "OTHER.TEST"});
  ASSERT_TRUE(trusted.ok()) << trusted.status();
  EXPECT_THAT(trusted->mapped_by, Not(HasSubstr("the realm OTHER.TEST is neither")));
}

TEST_F(NameHelpersTest, AQuestionOfAnyBytesIsAnswered) {
  const NameHelpers names({.program = Program("")});
  NegotiateFacts facts;
  facts.client_principal = "al\xffice@OTHER\xfe.TEST";
  facts.service_principal = "proctor/\xfd@PROCTOR\xfc.TEST";
  const absl::StatusOr<LocalAccount> account = names.FindLocalAccount(facts, {"THIRD\xfb.TEST"});
  ASSERT_TRUE(account.ok()) << account.status();
  EXPECT_THAT(account->mapped_by,
              HasSubstr("OTHER\\xfe.TEST is neither the agent's, PROCTOR\\xfc"));
  EXPECT_FALSE(names.UidOf("S-1-5-\xff").ok());
  EXPECT_TRUE(absl::IsNotFound(names.UserKey("\xff").status()));
  EXPECT_TRUE(absl::IsNotFound(names.GroupKey("\xff").status()));
  EXPECT_THAT(Started(), SizeIs(1)) << "none has ended";
}

TEST_F(NameHelpersTest, OneThatHasAnsweredAnswersTheNextQuestion) {
  const NameHelpers names({.program = Program("")});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(names.IdentityOfAccount(kAccount).ok());
  EXPECT_THAT(Started(), SizeIs(1));
}

TEST_F(NameHelpersTest, OneThatHasEndedIsReplaced) {
  const NameHelpers names({.program = Program("")});
  EXPECT_TRUE(names.IdentityOfAccount(kAccount).ok());
  ASSERT_THAT(Started(), SizeIs(1));
  ::kill(Started()[0], SIGKILL);
  siginfo_t ended;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(Started()[0]), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(names.IdentityOfAccount(kAccount).ok());
  EXPECT_THAT(Started(), SizeIs(2));
}

// As libnss_winbind is, in one process: whoever asks waits for whoever has asked before.
TEST_F(NameHelpersTest, OneThatHangsHoldsUpNoOtherQuestion) {
  const NameHelpers names(
      {.program = Program("mkdir hung 2>&- && exec sleep 1000"), .deadline = absl::Minutes(5)});
  std::future<absl::Status> hung = std::async(
      std::launch::async, [&names] { return names.IdentityOfAccount("stranger").status(); });
  ASSERT_TRUE(Eventually([this] { return ::access(directory_.File("hung").c_str(), F_OK) == 0; }));
  EXPECT_TRUE(names.IdentityOfAccount(kAccount).ok());
  EXPECT_NE(hung.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  ::kill(Started()[0], SIGKILL);
  EXPECT_TRUE(absl::IsUnavailable(hung.get()));
}

TEST_F(NameHelpersTest, OneThatTakesTooLongIsEndedAndToldApart) {
  const NameHelpers names(
      {.program = Program("exec sleep 1000"), .deadline = absl::Milliseconds(200)});
  const absl::Status late = names.IdentityOfAccount(kAccount).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
  EXPECT_THAT(std::string(late.message()), HasSubstr("name service did not answer"));
  ASSERT_TRUE(GetFailureDetail(late).has_value());
  EXPECT_THAT(GetFailureDetail(late)->advice(), HasSubstr("domain controller"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "it is still there";
}

TEST_F(NameHelpersTest, WhatCannotBeStartedIsTold) {
  const absl::Status failed =
      NameHelpers({.program = directory_.File("none")}).IdentityOfAccount(kAccount).status();
  ASSERT_TRUE(GetOsError(failed).has_value()) << failed;
  EXPECT_EQ(GetOsError(failed)->call, "posix_spawn");
}

TEST(NameFailureTest, AStatusIsTheSameOnTheOtherSide) {
  v1::FailureDetail detail;
  detail.set_advice("try again");
  for (const absl::Status& status :
       {absl::NotFoundError("no account"), OsErrorStatus("getpwnam_r", EIO, "alice"),
        WithFailureDetail(absl::UnavailableError("not now"), detail)}) {
    EXPECT_EQ(StatusOf(FailureOf(status)), status);
  }
  EXPECT_FALSE(StatusOf(names::Failure()).ok()) << "a failure is none, whatever it says";
}

}  // namespace
}  // namespace proctor
