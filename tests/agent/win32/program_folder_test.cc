#include "agent/win32/program_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/win32/private_descriptor.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor {
namespace {

constexpr ACCESS_MASK kWrite = FILE_WRITE_DATA | DELETE | WRITE_DAC | WRITE_OWNER;

std::string Holder(const wchar_t* sddl, ACCESS_MASK rights = kWrite) {
  const absl::StatusOr<PrivateDescriptor> descriptor = PrivateDescriptor::FromSddl(sddl);
  EXPECT_TRUE(descriptor.ok()) << descriptor.status();
  return ForeignHolder(descriptor->get(), rights).value_or("error");
}

// As Windows makes %ProgramFiles%.
TEST(ProgramFolderTest, WhatOnlyAdministratorsCanChangeIsFine) {
  EXPECT_EQ(Holder(L"O:S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
                   L"D:PAI(A;;FA;;;S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)"
                   L"(A;OICIIO;GA;;;CO)(A;;0x1301bf;;;SY)(A;;0x1301bf;;;BA)(A;;0x1200a9;;;BU)"),
            "");
}

TEST(ProgramFolderTest, WhoeverElseMayWriteIsNamed) {
  constexpr char kAuthenticated[] = "S-1-5-11";
  constexpr char kUsers[] = "S-1-5-32-545";
  // As Windows makes a folder below C:\.
  EXPECT_EQ(Holder(L"O:BAD:AI(A;ID;FA;;;BA)(A;ID;FA;;;SY)(A;ID;0x1301bf;;;AU)"), kAuthenticated);
  EXPECT_EQ(Holder(L"O:BAD:(A;;FA;;;SY)(A;;GW;;;BU)"), kUsers);
  EXPECT_EQ(Holder(L"O:BAD:(A;;FA;;;SY)(A;;WD;;;BU)"), kUsers);
  EXPECT_EQ(Holder(L"O:S-1-5-21-1-2-3-1001D:(A;;FA;;;SY)"), "S-1-5-21-1-2-3-1001");
  // No DACL at all.
  EXPECT_EQ(Holder(L"O:BA"), "S-1-1-0");
}

TEST(ProgramFolderTest, WhatIsForChildrenAloneOrDoesNoHarmIsLeftOut) {
  EXPECT_EQ(Holder(L"O:BAD:(A;;FA;;;SY)(A;OICIIO;GA;;;AU)"), "");
  EXPECT_EQ(Holder(L"O:BAD:(A;;FA;;;SY)(D;;FA;;;BU)"), "");
  // As on C:\: everybody may make folders there, and replace nobody else's.
  EXPECT_EQ(Holder(L"O:BAD:(A;;FA;;;SY)(A;;LC;;;AU)", DELETE | WRITE_DAC | FILE_DELETE_CHILD), "");
}

TEST(ProgramFolderTest, TheSystemsOwnProgramsAreWhereOnlyAdministratorsCanWrite) {
  PROCTOR_REQUIRES_WINDOWS("the permissions of %SystemRoot%");
  const auto safe = CheckProgramFolder("C:\\Windows\\System32\\cmd.exe");
  EXPECT_TRUE(safe.ok()) << safe.status();
}

}  // namespace
}  // namespace proctor
