// Winbind and sssd are their client libraries here, made for the test.

#include "agent/token/posix/id_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace proctor {
namespace {

using ::testing::HasSubstr;

constexpr char kWinbind[] = PROCTOR_FAKE_WINBIND_CLIENT;
constexpr char kSssd[] = PROCTOR_FAKE_SSSD_CLIENT;
constexpr char kNone[] = "libproctor-has-none-such.so.0";

TEST(IdMapTest, WinbindSaysWhoseASidIs) {
  const IdMap map(kWinbind, kNone);
  const absl::StatusOr<uint32_t> uid = map.UidOf("S-1-5-21-1-2-3-1104");
  ASSERT_TRUE(uid.ok()) << uid.status();
  EXPECT_EQ(*uid, 70001u);
  for (const char* other : {"S-1-5-21-1-2-3-1105", "S-1-5-21-9-9-9-1104"}) {
    const absl::Status unknown = map.UidOf(other).status();
    EXPECT_TRUE(absl::IsNotFound(unknown)) << unknown;
    EXPECT_THAT(std::string(unknown.message()), HasSubstr("winbind"));
  }
}

TEST(IdMapTest, SssdSaysWhoseASidIs) {
  const IdMap map(kNone, kSssd);
  EXPECT_EQ(map.UidOf("S-1-5-21-1-2-3-1105").value_or(0), 80001u);
  EXPECT_EQ(map.UidOf("S-1-5-21-1-2-3-1106").value_or(0), 80003u);
  EXPECT_TRUE(absl::IsNotFound(map.UidOf("S-1-5-21-1-2-3-513").status())) << "a group";
  const absl::Status unknown = map.UidOf("S-1-5-21-1-2-3-1104").status();
  EXPECT_TRUE(absl::IsNotFound(unknown)) << unknown;
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("sssd"));
}

TEST(IdMapTest, WhereBothAreEitherMaySay) {
  const IdMap map(kWinbind, kSssd);
  EXPECT_EQ(map.UidOf("S-1-5-21-1-2-3-1104").value_or(0), 70001u);
  EXPECT_EQ(map.UidOf("S-1-5-21-1-2-3-1105").value_or(0), 80001u);
  EXPECT_TRUE(absl::IsNotFound(map.UidOf("S-1-5-21-1-2-3-9").status()));
}

TEST(IdMapTest, WhereNeitherIsNobodySays) {
  const absl::Status none = IdMap(kNone, kNone).UidOf("S-1-5-21-1-2-3-1104").status();
  EXPECT_TRUE(absl::IsUnavailable(none)) << none;
  EXPECT_THAT(std::string(none.message()), HasSubstr(kNone));
}

TEST(IdMapTest, ALibraryThatIsAnotherIsNone) {
  EXPECT_TRUE(absl::IsUnavailable(IdMap(kSssd, kWinbind).UidOf("S-1-5-21-1-2-3-1104").status()));
}

}  // namespace
}  // namespace proctor
