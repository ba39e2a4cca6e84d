// What Windows does to tokens on request, and Wine says that it did.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/token/win32/token_calls.h"
#include "agent/token/win32/win32_token.h"
#include "common/os_error.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor {
namespace {

using testing::Contains;
using testing::ElementsAre;

constexpr char kEveryone[] = "S-1-1-0";
constexpr uint32_t kLowIntegrity = 0x1000;
constexpr uint32_t kMediumIntegrity = 0x2000;

// A token of this process's user with `level`, and with all access that it can have.
UniqueHandle OwnToken(TOKEN_TYPE type, SECURITY_IMPERSONATION_LEVEL level) {
  UniqueHandle process;
  EXPECT_TRUE(
      ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, process.receive()));
  UniqueHandle token;
  EXPECT_TRUE(
      ::DuplicateTokenEx(process.get(), MAXIMUM_ALLOWED, nullptr, level, type, token.receive()));
  return token;
}

UniqueHandle OwnPrimary() { return OwnToken(TokenPrimary, SecurityImpersonation); }

TEST(NativeTokenTest, AnIntegrityLevelThatIsLoweredIsReadBack) {
  PROCTOR_REQUIRES_WINDOWS("integrity levels of tokens");
  UniqueHandle token = OwnPrimary();
  ASSERT_TRUE(TokenCalls::System()->SetIntegrity(token.get(), kLowIntegrity).ok());
  const absl::StatusOr<std::shared_ptr<const Win32Token>> read = Win32Token::Read(std::move(token));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)->integrity(), kLowIntegrity);
}

TEST(NativeTokenTest, LowIntegrityCannotWriteWhatTheUserOwns) {
  PROCTOR_REQUIRES_WINDOWS("mandatory integrity control");
  const std::shared_ptr<const Win32Token> own = *Win32Token::Read(OwnPrimary());
  ASSERT_GE(own->integrity(), kMediumIntegrity);
  wchar_t folder[MAX_PATH + 1];
  wchar_t file[MAX_PATH + 1];
  ASSERT_NE(::GetTempPathW(MAX_PATH, folder), 0u);
  ASSERT_NE(::GetTempFileNameW(folder, L"pro", 0, file), 0u);
  const UniqueHandle token = OwnToken(TokenImpersonation, SecurityImpersonation);
  ASSERT_TRUE(TokenCalls::System()->SetIntegrity(token.get(), kLowIntegrity).ok());
  ASSERT_TRUE(TokenCalls::System()->Impersonate(token.get()).ok());
  const UniqueHandle opened(
      ::CreateFileW(file, GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr));
  const DWORD error = ::GetLastError();
  ASSERT_TRUE(TokenCalls::System()->Revert().ok());
  EXPECT_FALSE(opened.valid());
  EXPECT_EQ(error, static_cast<DWORD>(ERROR_ACCESS_DENIED));
  ::DeleteFileW(file);
}

TEST(NativeTokenTest, ADeniedGroupOnlyDenies) {
  PROCTOR_REQUIRES_WINDOWS("restricted tokens");
  absl::StatusOr<UniqueHandle> restricted =
      TokenCalls::System()->Restrict(OwnPrimary().get(), false, {kEveryone});
  ASSERT_TRUE(restricted.ok()) << restricted.status();
  const std::shared_ptr<const Win32Token> read = *Win32Token::Read(*std::move(restricted));
  EXPECT_THAT(read->deny_only_sids(), Contains(kEveryone));
  EXPECT_THAT(read->group_sids(), testing::Not(Contains(kEveryone)));
}

TEST(NativeTokenTest, DroppedPrivilegesAreGone) {
  PROCTOR_REQUIRES_WINDOWS("restricted tokens");
  absl::StatusOr<UniqueHandle> restricted =
      TokenCalls::System()->Restrict(OwnPrimary().get(), true, {});
  ASSERT_TRUE(restricted.ok()) << restricted.status();
  EXPECT_THAT((*Win32Token::Read(*std::move(restricted)))->privileges(),
              ElementsAre("SeChangeNotifyPrivilege"));
}

TEST(NativeTokenTest, ATokenForIdentificationMakesNoPrimaryToken) {
  PROCTOR_REQUIRES_WINDOWS("impersonation levels");
  const UniqueHandle token = OwnToken(TokenImpersonation, SecurityIdentification);
  const absl::StatusOr<UniqueHandle> primary =
      TokenCalls::System()->DuplicatePrimary(token.get(), TOKEN_QUERY);
  ASSERT_FALSE(primary.ok());
  EXPECT_EQ(GetOsError(primary.status())->code, ERROR_BAD_IMPERSONATION_LEVEL);
}

}  // namespace
}  // namespace proctor
