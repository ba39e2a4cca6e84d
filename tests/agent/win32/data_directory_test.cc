#include "agent/win32/data_directory.h"

// clang-format off
#include <windows.h>
#include <aclapi.h>
#include <sddl.h>
// clang-format on

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor {
namespace {

using testing::HasSubstr;

class DataDirectoryTest : public testing::Test {
 protected:
  DataDirectoryTest()
      : path_(std::filesystem::temp_directory_path() /
              absl::StrCat("proctor-data-", ::GetCurrentProcessId())),
        config_(path_ / "proctord.textproto") {}
  ~DataDirectoryTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string ConfigText() const {
    std::ifstream file(config_, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }

  // The DACL in the security descriptor string format.
  static std::string Dacl(const std::filesystem::path& path) {
    PSECURITY_DESCRIPTOR descriptor = nullptr;
    EXPECT_EQ(::GetNamedSecurityInfoW(path.c_str(), SE_FILE_OBJECT, DACL_SECURITY_INFORMATION,
                                      nullptr, nullptr, nullptr, nullptr, &descriptor),
              static_cast<DWORD>(ERROR_SUCCESS));
    wchar_t* text = nullptr;
    EXPECT_TRUE(::ConvertSecurityDescriptorToStringSecurityDescriptorW(
        descriptor, SDDL_REVISION_1, DACL_SECURITY_INFORMATION, &text, nullptr));
    const std::wstring wide(text);
    ::LocalFree(text);
    ::LocalFree(descriptor);
    return std::string(wide.begin(), wide.end());
  }

  const std::filesystem::path path_;
  const std::filesystem::path config_;
};

TEST_F(DataDirectoryTest, IsMadeWithAConfiguration) {
  ASSERT_TRUE(DataDirectory::Prepare(path_.string()).ok());
  const absl::StatusOr<bool> written = DataDirectory::WriteDefaultConfig(config_.string());
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_TRUE(*written);
  EXPECT_THAT(ConfigText(), HasSubstr("# pipe: \"proctor-agent\""));
}

TEST_F(DataDirectoryTest, AConfigurationThatIsThereStaysAsItIs) {
  ASSERT_TRUE(DataDirectory::Prepare(path_.string()).ok());
  std::ofstream(config_) << "pipe: \"mine\"";
  const absl::StatusOr<bool> written = DataDirectory::WriteDefaultConfig(config_.string());
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_FALSE(*written);
  EXPECT_EQ(ConfigText(), "pipe: \"mine\"");
}

TEST_F(DataDirectoryTest, MayBePreparedAgain) {
  ASSERT_TRUE(DataDirectory::Prepare(path_.string()).ok());
  EXPECT_TRUE(DataDirectory::Prepare(path_.string()).ok());
}

TEST_F(DataDirectoryTest, AFileInItsPlaceIsRefused) {
  std::ofstream(path_) << "not a folder";
  EXPECT_EQ(DataDirectory::Prepare(path_.string()).code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(DataDirectoryTest, OnlyTheSystemAndTheAdministratorsMayRead) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of files");
  ASSERT_TRUE(DataDirectory::Prepare(path_.string()).ok());
  EXPECT_EQ(Dacl(path_), "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
  ASSERT_TRUE(*DataDirectory::WriteDefaultConfig(config_.string()));
  EXPECT_EQ(Dacl(config_), "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)");
}

TEST_F(DataDirectoryTest, AnOldFolderLosesItsOtherReaders) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of files");
  std::filesystem::create_directory(path_);
  ASSERT_TRUE(DataDirectory::Prepare(path_.string()).ok());
  EXPECT_EQ(Dacl(path_), "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)");
}

TEST(StatePathTest, OnlyAnAdministratorsAgentHasItsStateWhereTheServiceHas) {
  EXPECT_EQ(DataDirectory::StatePath(true), DataDirectory::DefaultPath());
  EXPECT_THAT(DataDirectory::StatePath(false), HasSubstr("\\AppData\\Local\\Proctor"));
}

}  // namespace
}  // namespace proctor
