#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>
// After windows.h.
#include <sddl.h>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/win32/desktop_grants.h"
#include "agent/jobhost/win32/desktop_table.h"
#include "agent/jobhost/win32/private_desktop.h"
#include "agent/jobhost/win32/resource_releaser.h"
#include "common/os_error.h"
#include "common/win32/utf16.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor::jobhost {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr char kLogonSid[] = "S-1-5-5-0-4711";
constexpr char kOtherSid[] = "S-1-5-5-0-4712";
constexpr uint32_t kMedium = SECURITY_MANDATORY_MEDIUM_RID;

// A part of the security descriptor as SDDL.
std::string PartOf(HANDLE object, SECURITY_INFORMATION part) {
  std::vector<char> descriptor(4096);
  DWORD bytes = 0;
  EXPECT_TRUE(::GetUserObjectSecurity(object, &part, descriptor.data(), 4096, &bytes));
  wchar_t* text = nullptr;
  EXPECT_TRUE(::ConvertSecurityDescriptorToStringSecurityDescriptorW(
      descriptor.data(), SDDL_REVISION_1, part, &text, nullptr));
  const std::string sddl = text == nullptr ? "" : FromUtf16(text);
  ::LocalFree(text);
  return sddl;
}

std::string DaclOf(HANDLE object) { return PartOf(object, DACL_SECURITY_INFORMATION); }
std::string LabelOf(HANDLE object) { return PartOf(object, LABEL_SECURITY_INFORMATION); }

std::string StationOf(const DesktopLease& lease) {
  return lease.name().substr(0, lease.name().find('\\'));
}

UniqueStation OpenStation(const std::string& name) {
  return UniqueStation(::OpenWindowStationW(ToUtf16(name)->c_str(), FALSE, READ_CONTROL));
}

// A private desktop stands in for the interactive one.
const PrivateDesktop* stage = nullptr;
bool desktop_is_away = false;

absl::StatusOr<DesktopGrants::Objects> OpenStage() {
  DesktopGrants::Objects objects;
  const HANDLE self = ::GetCurrentProcess();
  HANDLE copy = nullptr;
  ::DuplicateHandle(self, stage->station(), self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS);
  objects.station.reset(static_cast<HWINSTA>(copy));
  if (desktop_is_away) return objects;
  ::DuplicateHandle(self, stage->desktop(), self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS);
  objects.desktop.reset(static_cast<HDESK>(copy));
  return objects;
}

class DesktopGrantsTest : public testing::Test {
 protected:
  DesktopGrantsTest() {
    stage_ = *PrivateDesktop::Create("0x0:0x99", "S-1-5-5-0-99", kMedium);
    stage = stage_.get();
    desktop_is_away = false;
    wchar_t directory[MAX_PATH];
    ::GetTempPathW(MAX_PATH, directory);
    journal_ = std::wstring(directory) + L"grants-" + std::to_wstring(::GetCurrentProcessId());
    ::DeleteFileW(journal_.c_str());
  }
  ~DesktopGrantsTest() override { ::DeleteFileW(journal_.c_str()); }

  std::string Station() { return DaclOf(stage_->station()); }
  std::string Desktop() { return DaclOf(stage_->desktop()); }

  std::shared_ptr<PrivateDesktop> stage_;
  std::wstring journal_;
};

TEST_F(DesktopGrantsTest, AGrantIsAddedToBothAndTakenAwayExactly) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  const std::string station = Station();
  const std::string desktop = Desktop();
  ASSERT_THAT(station, HasSubstr("(A;"));
  DesktopGrants grants(journal_, "boot", &OpenStage);
  ASSERT_TRUE(grants.Grant(kLogonSid).ok());
  EXPECT_THAT(Station(), HasSubstr(kLogonSid));
  EXPECT_THAT(Desktop(), HasSubstr(kLogonSid));
  // What was there is in front, in its order.
  EXPECT_EQ(Station().rfind(station, 0), 0u);
  ASSERT_TRUE(grants.Revoke(kLogonSid).ok());
  EXPECT_EQ(Station(), station);
  EXPECT_EQ(Desktop(), desktop);
}

TEST_F(DesktopGrantsTest, OfTwoGrantsEachTakesItsOwn) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  DesktopGrants grants(journal_, "boot", &OpenStage);
  ASSERT_TRUE(grants.Grant(kLogonSid).ok());
  ASSERT_TRUE(grants.Grant(kOtherSid).ok());
  ASSERT_TRUE(grants.Revoke(kLogonSid).ok());
  EXPECT_THAT(Station(), Not(HasSubstr(kLogonSid)));
  EXPECT_THAT(Station(), HasSubstr(kOtherSid));
}

TEST_F(DesktopGrantsTest, NoGrantAllowsToChangeTheProtection) {
  DesktopGrants grants(journal_, "boot", &OpenStage);
  ASSERT_TRUE(grants.Grant(kLogonSid).ok());
  constexpr ACCESS_MASK kForbidden = WRITE_DAC | WRITE_OWNER | DELETE;
  EXPECT_EQ(kStationAccess & kForbidden, 0u);
  EXPECT_EQ(kDesktopAccess & kForbidden, 0u);
}

TEST_F(DesktopGrantsTest, WhatAHostThatDiedLeftIsRevokedByTheNext) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  const std::string station = Station();
  const std::string desktop = Desktop();
  DesktopGrants died(journal_, "boot", &OpenStage);
  ASSERT_TRUE(died.Grant(kLogonSid).ok());
  ASSERT_NE(Station(), station);
  DesktopGrants next(journal_, "boot", &OpenStage);
  ASSERT_TRUE(next.RevokeLeftOver().ok());
  EXPECT_EQ(Station(), station);
  EXPECT_EQ(Desktop(), desktop);
  // Once.
  ASSERT_TRUE(AllowAccess(stage_->station(), kLogonSid, kStationAccess).ok());
  DesktopGrants third(journal_, "boot", &OpenStage);
  ASSERT_TRUE(third.RevokeLeftOver().ok());
  EXPECT_NE(Station(), station);
}

TEST_F(DesktopGrantsTest, LogonSidsOfAnotherBootAreOthers) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  DesktopGrants died(journal_, "boot", &OpenStage);
  ASSERT_TRUE(died.Grant(kLogonSid).ok());
  const std::string granted = Station();
  DesktopGrants next(journal_, "another-boot", &OpenStage);
  ASSERT_TRUE(next.RevokeLeftOver().ok());
  EXPECT_EQ(Station(), granted);
}

TEST_F(DesktopGrantsTest, HalfAGrantIsNone) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  const std::string station = Station();
  desktop_is_away = true;
  DesktopGrants grants(journal_, "boot", &OpenStage);
  EXPECT_FALSE(grants.Grant(kLogonSid).ok());
  EXPECT_EQ(Station(), station);
}

TEST_F(DesktopGrantsTest, NothingIsGrantedThatCouldNotBeJournalled) {
  const std::string station = Station();
  DesktopGrants grants(L"C:\\no\\such\\directory\\grants", "boot", &OpenStage);
  EXPECT_FALSE(grants.Grant(kLogonSid).ok());
  EXPECT_EQ(Station(), station);
}

TEST(PrivateDesktopTest, EndsWithItsLease) {
  absl::StatusOr<std::shared_ptr<PrivateDesktop>> made =
      PrivateDesktop::Create("0x0:0x123", kLogonSid, kMedium);
  ASSERT_TRUE(made.ok()) << made.status();
  const std::string station = StationOf(**made);
  EXPECT_THAT(station, HasSubstr("0x0-0x123"));
  EXPECT_NE(OpenStation(station), nullptr);
  made->reset();
  EXPECT_EQ(OpenStation(station), nullptr);
}

TEST(PrivateDesktopTest, IsForItsLogonSid) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  const auto made = PrivateDesktop::Create("0x0:0x123", kLogonSid, kMedium);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_THAT(DaclOf((*made)->station()), HasSubstr(kLogonSid));
  EXPECT_THAT(DaclOf((*made)->station()), Not(HasSubstr(";WD)")));
}

TEST(PrivateDesktopTest, TheProcessIsWhereItWasAfterwards) {
  const HWINSTA before = ::GetProcessWindowStation();
  ASSERT_TRUE(PrivateDesktop::Create("0x0:0x123", kLogonSid, kMedium).ok());
  EXPECT_EQ(::GetProcessWindowStation(), before);
}

TEST(PrivateDesktopTest, JobsBelowMediumIntegrityMayWriteToTheirs) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  for (const auto& [integrity, label] : {std::pair<uint32_t, const char*>{kMedium, ""},
                                         {SECURITY_MANDATORY_LOW_RID, "LW"},
                                         {SECURITY_MANDATORY_UNTRUSTED_RID, "S-1-16-0"}}) {
    const auto made = PrivateDesktop::Create("0x0:0x123", kLogonSid, integrity);
    ASSERT_TRUE(made.ok()) << made.status();
    const std::string sacl = *label == '\0' ? "" : absl::StrCat("S:(ML;;NW;;;", label, ")");
    EXPECT_EQ(LabelOf((*made)->station()), sacl);
    EXPECT_EQ(LabelOf((*made)->desktop()), sacl);
  }
}

class DesktopTableTest : public DesktopGrantsTest {
 protected:
  DesktopTableTest() : grants_(journal_, "boot", &OpenStage) {
    absl::StatusOr<std::unique_ptr<DesktopTable>> table =
        DesktopTable::Open(&grants_, [](uint32_t) -> absl::StatusOr<SessionUser> {
          return SessionUser{"S-1-5-21-1", kLogonSid};
        });
    EXPECT_TRUE(table.ok()) << table.status();
    table_ = *std::move(table);
  }

  static WindowsLaunch Wanted(WindowsLaunch::DesktopKind kind, const std::string& session) {
    WindowsLaunch launch;
    launch.set_desktop_kind(kind);
    launch.set_logon_session(session);
    launch.set_logon_sid(kLogonSid);
    // Wine reports 0 of every token.
    DWORD id = 0;
    UniqueHandle token;
    ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, token.receive());
    DWORD bytes = 0;
    ::GetTokenInformation(token.get(), TokenSessionId, &id, sizeof(id), &bytes);
    launch.set_session_id(id);
    return launch;
  }

  DesktopGrants grants_;
  std::unique_ptr<DesktopTable> table_;
};

TEST_F(DesktopTableTest, JobsOfOneLogonSessionShareADesktopUntilTheLastEnds) {
  auto first = table_->Acquire(Wanted(WindowsLaunch::PRIVATE_DESKTOP, "0x0:0x1"));
  auto second = table_->Acquire(Wanted(WindowsLaunch::PRIVATE_DESKTOP, "0x0:0x1"));
  auto other = table_->Acquire(Wanted(WindowsLaunch::PRIVATE_DESKTOP, "0x0:0x2"));
  ASSERT_TRUE(first.ok() && second.ok() && other.ok()) << first.status();
  EXPECT_EQ((*first)->name(), (*second)->name());
  EXPECT_NE((*first)->name(), (*other)->name());
  const std::string station = StationOf(**first);
  first->reset();
  EXPECT_NE(OpenStation(station), nullptr);
  second->reset();
  EXPECT_EQ(OpenStation(station), nullptr);
}

TEST_F(DesktopTableTest, JobsOfDifferentIntegrityShareNoDesktop) {
  WindowsLaunch launch = Wanted(WindowsLaunch::PRIVATE_DESKTOP, "0x0:0x1");
  const auto usual = table_->Acquire(launch);
  launch.set_integrity(SECURITY_MANDATORY_LOW_RID);
  const auto low = table_->Acquire(launch);
  ASSERT_TRUE(usual.ok() && low.ok()) << low.status();
  EXPECT_NE((*usual)->name(), (*low)->name());
}

TEST_F(DesktopTableTest, AUserHasAFewPrivateDesktopsAtMost) {
  const auto acquire = [this](const std::string& user, int session) {
    WindowsLaunch launch = Wanted(WindowsLaunch::PRIVATE_DESKTOP, absl::StrCat("0x0:", session));
    launch.set_user_sid(user);
    return table_->Acquire(launch);
  };
  std::vector<std::shared_ptr<const DesktopLease>> held;
  absl::Status refused;
  while (refused.ok() && held.size() < 100) {
    auto lease = acquire("S-1-5-21-1", static_cast<int>(held.size()));
    refused = lease.status();
    if (lease.ok()) held.push_back(*std::move(lease));
  }
  EXPECT_EQ(held.size(), 8u);
  EXPECT_EQ(GetOsError(refused)->code, ERROR_NOT_ENOUGH_QUOTA) << refused;
  EXPECT_TRUE(acquire("S-1-5-21-1", 0).ok()) << "one that is there already";
  EXPECT_TRUE(acquire("S-1-5-21-2", 0).ok()) << "another user's";
  held.pop_back();
  EXPECT_TRUE(acquire("S-1-5-21-1", 100).ok());
}

TEST_F(DesktopTableTest, WithoutALogonSidADesktopIsItsUsers) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  WindowsLaunch launch = Wanted(WindowsLaunch::PRIVATE_DESKTOP, "0x0:0x1");
  launch.clear_logon_sid();
  launch.set_user_sid(kOtherSid);
  const auto lease = table_->Acquire(launch);
  ASSERT_TRUE(lease.ok()) << lease.status();
  const UniqueStation station = OpenStation(StationOf(**lease));
  EXPECT_THAT(DaclOf(station.get()), HasSubstr(kOtherSid));
}

TEST_F(DesktopTableTest, APrivateDesktopIsNotForATokenOfAnotherSession) {
  WindowsLaunch launch = Wanted(WindowsLaunch::PRIVATE_DESKTOP, "0x0:0x1");
  launch.set_session_id(launch.session_id() + 1);
  const absl::Status status = table_->Acquire(launch).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

TEST_F(DesktopTableTest, AnotherSessionsDesktopIsForItsOwnLogonOnlyAndNothingIsGranted) {
  const std::string station = Station();
  WindowsLaunch launch = Wanted(WindowsLaunch::INTERACTIVE_DESKTOP, "0x0:0x1");
  launch.set_session_id(launch.session_id() + 1);
  launch.set_user_sid("S-1-5-21-1");
  const auto own = table_->Acquire(launch);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ((*own)->name(), "winsta0\\default");
  EXPECT_EQ(Station(), station);
  launch.set_logon_sid(kOtherSid);
  const absl::Status refused = table_->Acquire(launch).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("winsta0"));
}

TEST_F(DesktopTableTest, TheInteractiveDesktopIsGrantedOnceAndRevokedWithTheLastLease) {
  PROCTOR_REQUIRES_WINDOWS("access control lists of window stations");
  if (!OnInteractiveStation()) GTEST_SKIP() << "needs an interactive window station";
  const std::string station = Station();
  auto first = table_->Acquire(Wanted(WindowsLaunch::INTERACTIVE_DESKTOP, "0x0:0x1"));
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ((*first)->name(), "winsta0\\default");
  const std::string granted = Station();
  EXPECT_THAT(granted, HasSubstr(kLogonSid));
  auto second = table_->Acquire(Wanted(WindowsLaunch::INTERACTIVE_DESKTOP, "0x0:0x1"));
  EXPECT_EQ(Station(), granted);
  first->reset();
  EXPECT_EQ(Station(), granted);
  second->reset();
  EXPECT_EQ(Station(), station);
}

TEST(ResourceReleaserTest, GivesBackWhatItWasGivenBeforeItStops) {
  ResourceReleaser releaser;
  auto lease = std::make_shared<const DesktopLease>("a\\b");
  const std::weak_ptr<const DesktopLease> watched = lease;
  releaser.Release({std::move(lease), absl::nullopt});
  EXPECT_TRUE(releaser.Stop(absl::Seconds(20)));
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace proctor::jobhost
