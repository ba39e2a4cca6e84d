#include "common/win32/user_profile.h"

#include <gtest/gtest.h>

#include "common/os_error.h"
#include "common/win32/roaming_profile.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr wchar_t kPath[] = L"\\\\files\\profiles\\alice";

// What the system is to answer, and what it was asked: its functions have no argument of their own.
struct Domain {
  std::wstring profile = kPath;
  NET_API_STATUS user_error = NERR_Success;
  DWORD controller_error = ERROR_SUCCESS;

  std::wstring asked_domain;
  std::wstring asked_server = L"nobody";
  std::wstring asked_user;
  DWORD asked_level = 0;
  int buffers = 0;
  std::wstring given_user;
  absl::optional<std::wstring> given_path;
  int loaded = 0;

  USER_INFO_4 user = {};
  DOMAIN_CONTROLLER_INFOW controller = {};
};

Domain* domain = nullptr;
wchar_t controller_name[] = L"\\\\dc.example.com";

ProfileFunctions Functions() {
  ProfileFunctions functions;
  functions.load = [](HANDLE, PROFILEINFOW* profile) -> BOOL {
    domain->given_user = profile->lpUserName;
    if (profile->lpProfilePath != nullptr) domain->given_path = profile->lpProfilePath;
    profile->hProfile = HKEY_CURRENT_USER;
    ++domain->loaded;
    return TRUE;
  };
  functions.unload = [](HANDLE, HANDLE) -> BOOL {
    --domain->loaded;
    return TRUE;
  };
  functions.user_info = [](const wchar_t* server, const wchar_t* user, DWORD level, BYTE** buffer) {
    domain->asked_server = server == nullptr ? std::wstring() : std::wstring(server);
    domain->asked_user = user;
    domain->asked_level = level;
    if (domain->user_error != NERR_Success) return domain->user_error;
    domain->user.usri4_profile = domain->profile.data();
    *buffer = reinterpret_cast<BYTE*>(&domain->user);
    ++domain->buffers;
    return domain->user_error;
  };
  functions.domain_controller = [](const wchar_t*, const wchar_t* name, GUID*, const wchar_t*,
                                   ULONG, DOMAIN_CONTROLLER_INFOW** info) -> DWORD {
    domain->asked_domain = name;
    if (domain->controller_error != ERROR_SUCCESS) return domain->controller_error;
    domain->controller.DomainControllerName = controller_name;
    *info = &domain->controller;
    ++domain->buffers;
    return ERROR_SUCCESS;
  };
  functions.free_buffer = [](void*) -> DWORD {
    --domain->buffers;
    return NERR_Success;
  };
  return functions;
}

class UserProfileTest : public testing::Test {
 protected:
  UserProfileTest() { domain = &domain_; }
  ~UserProfileTest() override {
    EXPECT_EQ(domain_.buffers, 0);
    domain = nullptr;
  }

  static std::string ThisMachine() {
    wchar_t name[MAX_COMPUTERNAME_LENGTH + 1];
    DWORD length = MAX_COMPUTERNAME_LENGTH + 1;
    EXPECT_TRUE(::GetComputerNameW(name, &length));
    return FromUtf16(name);
  }

  static UniqueHandle OwnToken() {
    UniqueHandle token;
    EXPECT_TRUE(::OpenProcessToken(
        ::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE, token.receive()));
    return token;
  }

  Domain domain_;
};

TEST_F(UserProfileTest, AControllerOfTheDomainKnowsWhereAProfileRoams) {
  const absl::StatusOr<std::wstring> path = RoamingProfilePath("EXAMPLE\\alice", Functions());
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(*path, kPath);
  EXPECT_EQ(domain_.asked_domain, L"EXAMPLE");
  EXPECT_EQ(domain_.asked_server, controller_name);
  EXPECT_EQ(domain_.asked_user, L"alice");
  EXPECT_EQ(domain_.asked_level, 4u);
}

TEST_F(UserProfileTest, ThisMachineKnowsItOfItsOwnAccounts) {
  for (const std::string& account : {ThisMachine() + "\\bob", std::string("bob")}) {
    EXPECT_EQ(RoamingProfilePath(account, Functions()).value(), kPath);
    EXPECT_TRUE(domain_.asked_domain.empty());
    EXPECT_TRUE(domain_.asked_server.empty());
    EXPECT_EQ(domain_.asked_user, L"bob");
  }
}

TEST_F(UserProfileTest, AnAccountWithoutARoamingProfileHasNoPath) {
  domain_.profile.clear();
  EXPECT_EQ(RoamingProfilePath("EXAMPLE\\alice", Functions()).value(), std::wstring());
}

TEST_F(UserProfileTest, WhatCannotBeFoundOutNamesTheCall) {
  domain_.user_error = NERR_UserNotFound;
  absl::optional<OsError> error =
      GetOsError(RoamingProfilePath("EXAMPLE\\alice", Functions()).status());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->call, "NetUserGetInfo");
  EXPECT_EQ(error->code, NERR_UserNotFound);
  domain_.controller_error = ERROR_NO_SUCH_DOMAIN;
  error = GetOsError(RoamingProfilePath("EXAMPLE\\alice", Functions()).status());
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->call, "DsGetDcNameW");
  EXPECT_EQ(error->code, ERROR_NO_SUCH_DOMAIN);
  EXPECT_FALSE(RoamingProfilePath("EXAMPLE\\alice", ProfileFunctions()).ok());
}

TEST_F(UserProfileTest, ARoamingProfileIsLoadedFromWhereItLies) {
  {
    const absl::StatusOr<UserProfile> profile =
        UserProfile::Load(OwnToken().get(), "EXAMPLE\\alice", kPath, Functions());
    ASSERT_TRUE(profile.ok()) << profile.status();
    EXPECT_EQ(domain_.given_user, L"alice");
    EXPECT_EQ(domain_.given_path, kPath);
    EXPECT_EQ(domain_.loaded, 1);
  }
  EXPECT_EQ(domain_.loaded, 0);
}

TEST_F(UserProfileTest, OneThatDoesNotRoamIsLoadedWithoutAPath) {
  ASSERT_TRUE(UserProfile::Load(OwnToken().get(), "EXAMPLE\\alice", {}, Functions()).ok());
  EXPECT_EQ(domain_.given_path, absl::nullopt);
}

}  // namespace
}  // namespace proctor
