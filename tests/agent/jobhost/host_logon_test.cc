// Passwords judged by a real PAM, with service files and accounts of the test's own.

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "tests/agent/jobhost/host_test.h"
#include "tests/agent/jobhost/pam_files.h"
#include "tests/agent/jobhost/test_user.h"

namespace proctor::jobhost {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kPassword[] = "correct-Horse;battery 'staple";

class HostLogonTest : public HostTest {
 protected:
  void SetUp() override {
    if (::getuid() != 0) GTEST_SKIP() << "needs root";
    files_.Write("unix", "auth required pam_unix.so\naccount required pam_unix.so\n");
    files_.MakeHanging("fifo");
    files_.Write("trusting", "auth sufficient pam_rootok.so\naccount required pam_permit.so\n");
    files_.Write("hung",
                 "auth required pam_access.so accessfile=$DIR/fifo\n"
                 "account required pam_permit.so\n");
    HostProcess::Options options;
    options.flags = {"--pam-config", files_.directory()};
    StartHost(options);
    absl::StatusOr<TestUser> user = TestUser::Create();
    ASSERT_TRUE(user.ok()) << user.status();
    user_.emplace(*std::move(user));
    ASSERT_TRUE(user_->SetPassword(kPassword));
  }

  // Returns the number of the request.
  uint64_t Ask(const std::string& service, const std::string& user, const std::string& password) {
    ToHost message;
    Logon* logon = message.mutable_logon();
    logon->set_request(++asked_);
    logon->set_service(service);
    logon->set_user(user);
    logon->set_password(password);
    logon->set_remote_host("192.0.2.7");
    EXPECT_TRUE(client().Send(message).ok());
    return asked_;
  }

  LogonReply Answer(uint64_t request) {
    while (replies_.count(request) == 0) {
      const absl::StatusOr<ToAgent> message = client().Next(absl::Seconds(30));
      if (!message.ok()) {
        ADD_FAILURE() << message.status();
        return LogonReply();
      }
      if (message->has_logon_reply()) {
        replies_[message->logon_reply().request()] = message->logon_reply();
      }
    }
    return replies_[request];
  }

  // Only whether the account may be used.
  LogonReply Check(const std::string& service, const std::string& user) {
    ToHost message;
    Logon* logon = message.mutable_logon();
    logon->set_request(++asked_);
    logon->set_service(service);
    logon->set_user(user);
    logon->set_account_only(true);
    EXPECT_TRUE(client().Send(message).ok());
    return Answer(asked_);
  }

  LogonReply Try(const std::string& user, const std::string& password) {
    return Answer(Ask("unix", user, password));
  }

  size_t Answered(const std::vector<uint64_t>& requests) const {
    return static_cast<size_t>(std::count_if(
        requests.begin(), requests.end(), [this](uint64_t id) { return replies_.count(id) > 0; }));
  }

  const TestUser& user() const { return *user_; }
  const PamFiles& files() const { return files_; }

  // The helpers once there are `count`: one that has answered takes a moment to be gone.
  std::vector<pid_t> AwaitHelpers(size_t count) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    std::vector<pid_t> helpers = Helpers();
    while (helpers.size() != count && absl::Now() < deadline) helpers = Helpers();
    return helpers;
  }

  // The helpers that run now.
  std::vector<pid_t> Helpers() const {
    std::vector<pid_t> helpers;
    for (const auto& task :
         std::filesystem::directory_iterator(absl::StrCat("/proc/", host_pid(), "/task"))) {
      std::istringstream list(ReadWholeFile(task.path().string() + "/children"));
      for (pid_t pid; list >> pid;) {
        if (ReadWholeFile(absl::StrCat("/proc/", pid, "/comm")) == "proctor-logon\n") {
          helpers.push_back(pid);
        }
      }
    }
    return helpers;
  }
  pid_t host_pid() const { return const_cast<HostLogonTest*>(this)->host().pid(); }

 private:
  PamFiles files_;
  absl::optional<TestUser> user_;
  uint64_t asked_ = 0;
  std::map<uint64_t, LogonReply> replies_;
};

// What of the process's writable memory holds `text`.
bool MemoryHolds(pid_t pid, const std::string& text) {
  const UniqueFd memory(::open(absl::StrCat("/proc/", pid, "/mem").c_str(), O_RDONLY | O_CLOEXEC));
  std::istringstream maps(ReadWholeFile(absl::StrCat("/proc/", pid, "/maps")));
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    char access[5] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &begin, &end, access) != 3) continue;
    // What is larger is AddressSanitizer's own.
    constexpr unsigned long kLargest = 1UL << 30;
    if (access[1] != 'w' || end - begin > kLargest) continue;
    std::string bytes(end - begin, '\0');
    const ssize_t got =
        ::pread(memory.get(), bytes.data(), bytes.size(), static_cast<off_t>(begin));
    if (got > 0 &&
        absl::StrContains(absl::string_view(bytes.data(), static_cast<size_t>(got)), text)) {
      return true;
    }
  }
  return false;
}

TEST_F(HostLogonTest, TheRightPasswordIsGood) {
  const LogonReply reply = Try(user().name(), kPassword);
  EXPECT_EQ(reply.error(), 0) << reply.call();
  EXPECT_EQ(reply.pam_result(), 0) << reply.detail();
  EXPECT_EQ(reply.user(), user().name());
}

TEST_F(HostLogonTest, EverythingElseIsRefused) {
  const std::map<std::string, std::pair<std::string, std::string>> wrong = {
      {"wrong password", {user().name(), "correct-horse"}},
      {"empty password", {user().name(), ""}},
      {"a prefix of the password, then a NUL", {user().name(), std::string(kPassword) + '\0'}},
      {"no such user", {"proctor-nobody", kPassword}},
      {"no user", {"", kPassword}}};
  std::map<std::string, uint64_t> asked;
  for (const auto& [what, credentials] : wrong) {
    asked[what] = Ask("unix", credentials.first, credentials.second);
  }
  for (const auto& [what, request] : asked) {
    SCOPED_TRACE(what);
    const LogonReply reply = Answer(request);
    EXPECT_EQ(reply.error(), 0) << reply.call();
    EXPECT_NE(reply.pam_result(), 0);
    EXPECT_THAT(reply.user(), IsEmpty());
    EXPECT_THAT(reply.detail(), HasSubstr("PAM_"));
  }
}

TEST_F(HostLogonTest, ALockedPasswordIsRefused) {
  ASSERT_TRUE(user().Change({"usermod", "--lock"}));
  EXPECT_THAT(Try(user().name(), kPassword).detail(), HasSubstr("PAM_AUTH_ERR"));
}

TEST_F(HostLogonTest, AnExpiredAccountIsRefused) {
  ASSERT_TRUE(user().Change({"usermod", "--expiredate", "2001-01-01"}));
  EXPECT_THAT(Try(user().name(), kPassword).detail(), HasSubstr("PAM_ACCT_EXPIRED"));
}

TEST_F(HostLogonTest, APasswordThatMustBeChangedIsRefused) {
  // chage(1) is not in /usr/sbin.
  ASSERT_TRUE(user().Change({"../bin/chage", "--lastday", "0"}));
  EXPECT_THAT(Try(user().name(), kPassword).detail(), HasSubstr("PAM_NEW_AUTHTOK_REQD"));
}

TEST_F(HostLogonTest, AServiceThatIsNotThereRefuses) {
  const LogonReply reply = Answer(Ask("no-such-service", user().name(), kPassword));
  EXPECT_TRUE(reply.pam_result() != 0 || reply.error() != 0);
  EXPECT_THAT(reply.user(), IsEmpty());
}

TEST_F(HostLogonTest, AnAccountIsCheckedWithoutAPassword) {
  const LogonReply good = Check("unix", user().name());
  EXPECT_EQ(good.error(), 0) << good.call();
  EXPECT_EQ(good.pam_result(), 0) << good.detail();
  EXPECT_EQ(good.user(), user().name());
  EXPECT_NE(Check("unix", "proctor-nobody").pam_result(), 0) << "there is no such account";
  // A password that nobody knows locks no account: a realm may vouch for its user.
  ASSERT_TRUE(user().Change({"usermod", "--lock"}));
  EXPECT_EQ(Check("unix", user().name()).pam_result(), 0);
}

TEST_F(HostLogonTest, AnAccountThatHasExpiredIsToldSo) {
  ASSERT_TRUE(user().Change({"usermod", "--expiredate", "2001-01-01"}));
  const LogonReply reply = Check("unix", user().name());
  EXPECT_THAT(reply.detail(), HasSubstr("pam_acct_mgmt: PAM_ACCT_EXPIRED"));
  EXPECT_THAT(reply.detail(), HasSubstr("expired; ")) << "the module's own words";
  EXPECT_THAT(reply.user(), IsEmpty());
}

TEST_F(HostLogonTest, WhereNobodyMayLogOnItSaysWhatTheFileSays) {
  files().Write("closed",
                "account required pam_nologin.so file=$DIR/nologin\n"
                "account required pam_permit.so\n");
  EXPECT_EQ(Check("closed", user().name()).pam_result(), 0) << "there is no such file";
  files().Write("nologin", "The machine is being moved.\n\xff");
  const LogonReply reply = Check("closed", user().name());
  EXPECT_NE(reply.pam_result(), 0);
  EXPECT_THAT(reply.detail(), HasSubstr("pam_acct_mgmt"));
  EXPECT_THAT(reply.detail(), HasSubstr("The machine is being moved."));
}

// A name that the protocol could not carry would end the connection of all.
TEST_F(HostLogonTest, ANameOfAnyBytesIsAsked) {
  files().Write("latin\xff", "account required pam_permit.so\n");
  const LogonReply reply = Check("latin\xff", "al\xffice");
  EXPECT_EQ(reply.pam_result(), 0) << reply.call() << ": " << reply.detail();
  EXPECT_EQ(reply.user(), "al\xffice");
}

// pam_rootok(8) is content with a caller who is root, and that the helper is for everybody.
TEST_F(HostLogonTest, AServiceThatDoesNotAskForThePasswordRefuses) {
  const LogonReply reply = Answer(Ask("trusting", user().name(), "anything"));
  EXPECT_NE(reply.pam_result(), 0);
  EXPECT_THAT(reply.detail(), HasSubstr("do not ask for a password"));
  EXPECT_THAT(reply.user(), IsEmpty());
}

TEST_F(HostLogonTest, AModuleThatHangsHoldsUpNobodyAndIsEnded) {
  const uint64_t hung = Ask("hung", user().name(), kPassword);
  EXPECT_EQ(Try(user().name(), kPassword).pam_result(), 0);
  EXPECT_EQ(AwaitHelpers(1).size(), 1u) << "the hung one is still there";
  const LogonReply reply = Answer(hung);
  EXPECT_EQ(reply.error(), ETIMEDOUT);
  EXPECT_THAT(AwaitHelpers(0), IsEmpty());
}

TEST_F(HostLogonTest, PasswordsThatHangDoNotKeepAccountsFromBeingChecked) {
  std::vector<uint64_t> hung;
  for (int i = 0; i < 40; ++i) hung.push_back(Ask("hung", user().name(), kPassword));
  ASSERT_EQ(AwaitHelpers(32).size(), 32u) << "as many as there may be";
  EXPECT_EQ(Check("unix", user().name()).pam_result(), 0);
  EXPECT_EQ(Answered(hung), 0u) << "they hang still";
}

TEST_F(HostLogonTest, AHelperHasItsSocketAndNothingElse) {
  Ask("hung", user().name(), kPassword);
  // An answer to a later one: the first has its helper by now.
  Try(user().name(), kPassword);
  const std::vector<pid_t> helpers = AwaitHelpers(1);
  ASSERT_EQ(helpers.size(), 1u);
  const std::string process = absl::StrCat("/proc/", helpers[0]);
  std::multiset<std::string> open;
  for (const auto& fd : std::filesystem::directory_iterator(process + "/fd")) {
    const std::string target = std::filesystem::read_symlink(fd.path()).string();
    open.insert(target.substr(0, target.find(':')));
  }
  EXPECT_THAT(open,
              ::testing::UnorderedElementsAre("/dev/null", "/dev/null", "/dev/null", "socket"));
  EXPECT_EQ(ReadWholeFile(process + "/environ"),
            std::string("PATH=/usr/sbin:/usr/bin:/sbin:/bin") + '\0');
  EXPECT_THAT(ReadWholeFile(process + "/cmdline"), ::testing::Not(HasSubstr("staple")));
}

TEST_F(HostLogonTest, NoPasswordStaysInTheJobHost) {
  // One of its own, which this process holds in one place.
  const std::string secret = "zuXo-fraKti-41";
  ASSERT_TRUE(user().SetPassword(secret));
  ASSERT_EQ(Try(user().name(), secret).pam_result(), 0);
  EXPECT_FALSE(MemoryHolds(host().pid(), secret));
  EXPECT_TRUE(MemoryHolds(::getpid(), secret)) << "the search finds what is there";
}

}  // namespace
}  // namespace proctor::jobhost
