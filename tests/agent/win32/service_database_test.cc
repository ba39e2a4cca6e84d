// The system's own service control manager, and a service of ours under it.

#include "agent/win32/service_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>
// After windows.h.
#include <winsvc.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "agent/win32/service_dispatcher.h"
#include "agent/win32/service_installer.h"
#include "common/command_line.h"
#include "common/os_error.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor {
namespace {

class ServiceDatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    // A deleted service keeps its name until its last handle is closed, and a pid may come again.
    name_ = absl::StrCat("proctor-test-", ::GetCurrentProcessId(), "-", ::GetTickCount64());
    log_ = std::filesystem::temp_directory_path() / (name_ + ".log");
    database_ = ServiceDatabase::System(name_);
  }

  void TearDown() override {
    EXPECT_TRUE(ServiceInstaller(database_.get()).Uninstall().ok());
    std::error_code ignored;
    std::filesystem::remove(log_, ignored);
  }

  // Installs the probe. False: not allowed to.
  bool Install(const std::string& last_word = "") {
    std::vector<std::string> words = {absl::StrCat(PROCTOR_BIN_DIR, "/service_probe.exe"), name_,
                                      log_.string()};
    if (!last_word.empty()) words.push_back(last_word);
    definition_.command_line = *BuildCommandLine(words);
    // Another service must not have it, deleted or not.
    definition_.display_name = name_;
    definition_.privileges = {"SeChangeNotifyPrivilege"};
    // No restart comes between the test and what it looks at.
    definition_.restart_delays = {};
    const absl::StatusOr<ServiceInstaller::Installed> installed =
        ServiceInstaller(database_.get()).Install(definition_, [] { return absl::OkStatus(); });
    if (installed.ok()) return true;
    const absl::optional<OsError> error = GetOsError(installed.status());
    EXPECT_TRUE(error.has_value() && error->code == ERROR_ACCESS_DENIED) << installed.status();
    return false;
  }

  // Calls `use` with an own handle of the service.
  void WithService(const std::function<void(SC_HANDLE)>& use) const {
    const SC_HANDLE manager = ::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
    ASSERT_NE(manager, nullptr);
    const std::wstring wide(name_.begin(), name_.end());
    const SC_HANDLE service = ::OpenServiceW(manager, wide.c_str(), SERVICE_ALL_ACCESS);
    EXPECT_NE(service, nullptr) << ::GetLastError();
    if (service != nullptr) use(service);
    if (service != nullptr) ::CloseServiceHandle(service);
    ::CloseServiceHandle(manager);
  }

  void Start() {
    WithService([](SC_HANDLE service) {
      EXPECT_TRUE(::StartServiceW(service, 0, nullptr)) << ::GetLastError();
    });
  }

  SERVICE_STATUS_PROCESS Status() const {
    SERVICE_STATUS_PROCESS status = {};
    WithService([&status](SC_HANDLE service) {
      DWORD length = 0;
      EXPECT_TRUE(::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO,
                                         reinterpret_cast<BYTE*>(&status), sizeof(status),
                                         &length));
    });
    return status;
  }

  std::string Log() const {
    std::ifstream file(log_);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  static void Eventually(const std::function<bool()>& condition) {
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (!condition()) {
      ASSERT_LT(absl::Now(), deadline);
      ::Sleep(20);
    }
  }

  std::string name_;
  std::filesystem::path log_;
  ServiceDefinition definition_;
  std::unique_ptr<ServiceDatabase> database_;
};

#define INSTALL_OR_SKIP(...) \
  if (!Install(__VA_ARGS__)) GTEST_SKIP() << "needs an elevated administrator"

TEST_F(ServiceDatabaseTest, AServiceLivesFromInstallToUninstall) {
  INSTALL_OR_SKIP();
  Start();
  Eventually([this] { return Status().dwCurrentState == SERVICE_RUNNING; });
  ASSERT_TRUE(database_->Control(SERVICE_CONTROL_PARAMCHANGE).ok());
  Eventually([this] { return Log() == "start\nreload\n"; });
  const absl::StatusOr<bool> removed = ServiceInstaller(database_.get()).Uninstall();
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_TRUE(*removed);
  EXPECT_EQ(Log(), "start\nreload\ndrain\n");
  EXPECT_EQ(GetOsError(database_->Control(SERVICE_CONTROL_STOP))->code,
            ERROR_SERVICE_DOES_NOT_EXIST);
}

TEST_F(ServiceDatabaseTest, AFailedStartIsSeenByTheManager) {
  INSTALL_OR_SKIP("fail");
  Start();
  Eventually([this] { return Log() == "start\n" && Status().dwCurrentState == SERVICE_STOPPED; });
  const SERVICE_STATUS_PROCESS status = Status();
  EXPECT_EQ(status.dwWin32ExitCode, static_cast<DWORD>(ERROR_SERVICE_SPECIFIC_ERROR));
  EXPECT_EQ(status.dwServiceSpecificExitCode, static_cast<DWORD>(ERROR_PIPE_BUSY));
}

TEST_F(ServiceDatabaseTest, InstallAndUninstallMayBeRepeated) {
  INSTALL_OR_SKIP();
  EXPECT_EQ(GetOsError(database_->Create(definition_))->code, ERROR_SERVICE_EXISTS);
  EXPECT_TRUE(Install());
  EXPECT_TRUE(*ServiceInstaller(database_.get()).Uninstall());
  EXPECT_FALSE(*ServiceInstaller(database_.get()).Uninstall());
}

TEST_F(ServiceDatabaseTest, TheAccountIsLocalSystemAndTheStartAutomatic) {
  INSTALL_OR_SKIP();
  WithService([](SC_HANDLE service) {
    std::vector<BYTE> memory(8192);
    auto* const config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(memory.data());
    DWORD length = 0;
    ASSERT_TRUE(::QueryServiceConfigW(service, config, static_cast<DWORD>(memory.size()), &length));
    EXPECT_STREQ(config->lpServiceStartName, L"LocalSystem");
    EXPECT_EQ(config->dwStartType, static_cast<DWORD>(SERVICE_AUTO_START));
    EXPECT_EQ(config->lpBinaryPathName[0], L'"');
  });
}

TEST_F(ServiceDatabaseTest, TheSystemKeepsTheRequiredPrivileges) {
  PROCTOR_REQUIRES_WINDOWS("required privileges of services");
  INSTALL_OR_SKIP();
  WithService([](SC_HANDLE service) {
    std::vector<BYTE> memory(8192);
    DWORD length = 0;
    ASSERT_TRUE(::QueryServiceConfig2W(service, SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO,
                                       memory.data(), static_cast<DWORD>(memory.size()), &length));
    EXPECT_STREQ(
        reinterpret_cast<SERVICE_REQUIRED_PRIVILEGES_INFOW*>(memory.data())->pmszRequiredPrivileges,
        L"SeChangeNotifyPrivilege");
  });
}

TEST(ServiceDispatcherTest, AConsoleIsNoServiceControlManager) {
  PROCTOR_REQUIRES_WINDOWS("a dispatcher that refuses processes of others");
  struct Never final : ServiceProgram {
    absl::Status Start() override { return absl::InternalError("started"); }
    void Drain() override {}
    void Reload() override {}
  };
  // Of this process, once.
  static Never never;
  EXPECT_EQ(GetOsError(RunAsService("proctor-test", &never))->code,
            ERROR_FAILED_SERVICE_CONTROLLER_CONNECT);
}

}  // namespace
}  // namespace proctor
