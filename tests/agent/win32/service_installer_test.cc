#include "agent/win32/service_installer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>
// After windows.h.
#include <winsvc.h>

#include <map>
#include <string>
#include <vector>

#include "common/os_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

// Writes down the calls; each can be made to fail.
class FakeDatabase final : public ServiceDatabase {
 public:
  absl::Status Create(const ServiceDefinition& definition) override {
    command_line = definition.command_line;
    return Do("Create");
  }
  absl::Status Change(const ServiceDefinition& definition) override {
    command_line = definition.command_line;
    return Do("Change");
  }
  absl::Status SetOption(DWORD level, void* info) override {
    levels.push_back(level);
    if (unknown_levels) return OsErrorStatus("ChangeServiceConfig2W", ERROR_INVALID_LEVEL);
    Read(level, info);
    return Do("SetOption");
  }
  absl::Status Control(DWORD control) override {
    return Do(control == SERVICE_CONTROL_STOP ? "Stop" : "Control");
  }
  absl::Status AwaitStopped(absl::Duration) override { return Do("AwaitStopped"); }
  absl::Status Delete() override { return Do("Delete"); }

  std::map<std::string, int> fail;  // The call, and its code.
  bool unknown_levels = false;
  std::vector<std::string> calls;
  std::vector<DWORD> levels;
  std::string command_line;
  std::vector<std::string> privileges;
  std::vector<SC_ACTION> actions;

 private:
  absl::Status Do(const std::string& call) {
    if (calls.empty() || calls.back() != call) calls.push_back(call);
    const auto found = fail.find(call);
    return found == fail.end() ? absl::OkStatus() : OsErrorStatus(call, found->second);
  }

  void Read(DWORD level, void* info) {
    if (level == SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO) {
      const wchar_t* word =
          static_cast<SERVICE_REQUIRED_PRIVILEGES_INFOW*>(info)->pmszRequiredPrivileges;
      for (; *word != L'\0'; word += std::wstring_view(word).size() + 1) {
        privileges.push_back(FromUtf16(word));
      }
    } else if (level == SERVICE_CONFIG_FAILURE_ACTIONS) {
      const auto* const failure = static_cast<SERVICE_FAILURE_ACTIONSW*>(info);
      actions.assign(failure->lpsaActions, failure->lpsaActions + failure->cActions);
    }
  }
};

class ServiceInstallerTest : public testing::Test {
 protected:
  absl::StatusOr<ServiceInstaller::Installed> Install() {
    return installer_.Install(definition_, [this] {
      database_.calls.push_back("prepare");
      return prepared_;
    });
  }

  FakeDatabase database_;
  ServiceInstaller installer_{&database_};
  ServiceDefinition definition_ = *ServiceDefinition::Make(
      "C:\\Program Files\\Proctor\\proctord.exe", "C:\\ProgramData\\Proctor\\proctord.textproto",
      {"SeImpersonatePrivilege"});
  absl::Status prepared_;
};

TEST_F(ServiceInstallerTest, CreatesTheServiceAndSetsAllItsOptions) {
  const absl::StatusOr<ServiceInstaller::Installed> installed = Install();
  ASSERT_TRUE(installed.ok()) << installed.status();
  EXPECT_TRUE(installed->created);
  EXPECT_THAT(installed->missing, IsEmpty());
  EXPECT_THAT(database_.calls, ElementsAre("Create", "prepare", "SetOption"));
  EXPECT_THAT(
      database_.levels,
      UnorderedElementsAre(SERVICE_CONFIG_DESCRIPTION, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO,
                           SERVICE_CONFIG_SERVICE_SID_INFO, SERVICE_CONFIG_FAILURE_ACTIONS,
                           SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, SERVICE_CONFIG_PRESHUTDOWN_INFO,
                           SERVICE_CONFIG_DELAYED_AUTO_START_INFO));
}

TEST_F(ServiceInstallerTest, APathWithSpacesIsQuoted) {
  ASSERT_TRUE(Install().ok());
  EXPECT_EQ(database_.command_line,
            "\"C:\\Program Files\\Proctor\\proctord.exe\" run --config "
            "C:\\ProgramData\\Proctor\\proctord.textproto");
}

TEST_F(ServiceInstallerTest, TheTokenKeepsWhatThePipelineNeedsAndTheRightToTraverse) {
  ASSERT_TRUE(Install().ok());
  EXPECT_THAT(database_.privileges,
              UnorderedElementsAre("SeImpersonatePrivilege", "SeChangeNotifyPrivilege"));
}

TEST_F(ServiceInstallerTest, EveryFailureIsFollowedByARestart) {
  ASSERT_TRUE(Install().ok());
  ASSERT_THAT(database_.actions, Not(IsEmpty()));
  for (const SC_ACTION& action : database_.actions) EXPECT_EQ(action.Type, SC_ACTION_RESTART);
}

TEST_F(ServiceInstallerTest, AServiceThatIsThereIsRenewed) {
  database_.fail["Create"] = ERROR_SERVICE_EXISTS;
  const absl::StatusOr<ServiceInstaller::Installed> installed = Install();
  ASSERT_TRUE(installed.ok()) << installed.status();
  EXPECT_FALSE(installed->created);
  EXPECT_THAT(database_.calls, ElementsAre("Create", "Change", "prepare", "SetOption"));
}

TEST_F(ServiceInstallerTest, WhoMayNotInstallLeavesNothingBehind) {
  database_.fail["Create"] = ERROR_ACCESS_DENIED;
  EXPECT_EQ(GetOsError(Install().status())->code, ERROR_ACCESS_DENIED);
  EXPECT_THAT(database_.calls, ElementsAre("Create"));
}

TEST_F(ServiceInstallerTest, ANewServiceGoesWhenItsOptionsCannotBeSet) {
  database_.fail["SetOption"] = ERROR_ACCESS_DENIED;
  EXPECT_EQ(GetOsError(Install().status())->code, ERROR_ACCESS_DENIED);
  EXPECT_EQ(database_.calls.back(), "Delete");
}

TEST_F(ServiceInstallerTest, ANewServiceGoesWhenItsDirectoryCannotBeMade) {
  prepared_ = absl::PermissionDeniedError("belongs to S-1-5-21-1");
  EXPECT_THAT(std::string(Install().status().message()), HasSubstr("belongs to"));
  EXPECT_THAT(database_.calls, ElementsAre("Create", "prepare", "Delete"));
}

TEST_F(ServiceInstallerTest, AnOldServiceStaysWhenItsDirectoryIsWrong) {
  database_.fail["Create"] = ERROR_SERVICE_EXISTS;
  prepared_ = absl::PermissionDeniedError("belongs to S-1-5-21-1");
  EXPECT_FALSE(Install().ok());
  EXPECT_THAT(database_.calls, Not(Contains("Delete")));
}

TEST_F(ServiceInstallerTest, OptionsThatTheSystemDoesNotHaveAreNamed) {
  database_.unknown_levels = true;
  const absl::StatusOr<ServiceInstaller::Installed> installed = Install();
  ASSERT_TRUE(installed.ok()) << installed.status();
  EXPECT_THAT(installed->missing, Contains("required privileges"));
}

TEST_F(ServiceInstallerTest, UninstallStopsWaitsAndRemoves) {
  const absl::StatusOr<bool> removed = installer_.Uninstall();
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_TRUE(*removed);
  EXPECT_THAT(database_.calls, ElementsAre("Stop", "AwaitStopped", "Delete"));
}

TEST_F(ServiceInstallerTest, UninstallOfAStoppedServiceRemovesIt) {
  database_.fail["Stop"] = ERROR_SERVICE_NOT_ACTIVE;
  ASSERT_TRUE(installer_.Uninstall().ok());
  EXPECT_EQ(database_.calls.back(), "Delete");
}

TEST_F(ServiceInstallerTest, UninstallOfNothingIsNoError) {
  database_.fail["Stop"] = ERROR_SERVICE_DOES_NOT_EXIST;
  const absl::StatusOr<bool> removed = installer_.Uninstall();
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_FALSE(*removed);
  EXPECT_THAT(database_.calls, ElementsAre("Stop"));
}

TEST_F(ServiceInstallerTest, AServiceThatDoesNotStopIsNotRemoved) {
  database_.fail["AwaitStopped"] = ERROR_SERVICE_REQUEST_TIMEOUT;
  EXPECT_FALSE(installer_.Uninstall().ok());
  EXPECT_THAT(database_.calls, Not(Contains("Delete")));
}

TEST_F(ServiceInstallerTest, WhoMayNotStopItMayNotRemoveIt) {
  database_.fail["Stop"] = ERROR_ACCESS_DENIED;
  EXPECT_EQ(GetOsError(installer_.Uninstall().status())->code, ERROR_ACCESS_DENIED);
  EXPECT_THAT(database_.calls, ElementsAre("Stop"));
}

}  // namespace
}  // namespace proctor
