#include "agent/caller/win32/ticket_pipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>
// After windows.h.
#include <aclapi.h>

#include <atomic>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/win32/pipe_ticket_source.h"
#include "common/win32/pipe_name.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/token_identity.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

class TicketPipeTest : public testing::Test {
 protected:
  TicketPipeTest() : name_(NewName()) {
    pipe_ = *TicketPipe::Start(name_, [](const AnonymousCaller& caller) {
      v1::LocalTicket ticket;
      ticket.set_endpoint("127.0.0.1:1");
      ticket.set_ticket_id(caller.authentication.mechanism());
      ticket.set_secret("a secret");
      return ticket;
    });
  }

  static std::string NewName() {
    static std::atomic<int> counter = 0;
    return absl::StrCat("\\\\.\\pipe\\proctor-test-ticket-", ::GetCurrentProcessId(), "-",
                        ++counter);
  }

  absl::StatusOr<AgentTicket> Ask() { return PipeTicketSource({name_}).GetTicket(); }

  const std::string name_;
  std::unique_ptr<TicketPipe> pipe_;
};

TEST_F(TicketPipeTest, WhoeverAsksGetsATicket) {
  for (int i = 0; i < 40; ++i) {
    const absl::StatusOr<AgentTicket> ticket = Ask();
    ASSERT_TRUE(ticket.ok()) << ticket.status();
    EXPECT_EQ(ticket->secret.view(), "a secret");
  }
}

TEST_F(TicketPipeTest, ThoseThatSayNothingHoldUpNobody) {
  std::vector<UniqueHandle> silent;
  const std::wstring wide = *ToUtf16(name_);
  while (true) {
    UniqueHandle one(::CreateFileW(wide.c_str(), GENERIC_READ | FILE_WRITE_DATA, 0, nullptr,
                                   OPEN_EXISTING, 0, nullptr));
    if (!one.valid()) break;
    silent.push_back(std::move(one));
  }
  EXPECT_EQ(::GetLastError(), static_cast<DWORD>(ERROR_PIPE_BUSY));
  EXPECT_GE(silent.size(), 16u);
  const absl::StatusOr<AgentTicket> ticket = Ask();
  EXPECT_TRUE(ticket.ok()) << ticket.status();
}

// A server of the name that is not an agent of the machine's: notes whether it got a byte.
class Squatter {
 public:
  Squatter(const std::string& name, const wchar_t* sddl)
      : descriptor_(*PrivateDescriptor::FromSddl(sddl)) {
    SECURITY_ATTRIBUTES attributes = descriptor_.attributes();
    pipe_ = UniqueHandle(::CreateNamedPipeW(ToUtf16(name)->c_str(),
                                            PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED,
                                            PIPE_TYPE_BYTE, 1, 4096, 4096, 0, &attributes));
  }
  // Windows lets only those with SeRestorePrivilege name another owner.
  bool valid() const { return pipe_.valid(); }
  // Of a client that has come and gone.
  bool GotAByte() {
    DWORD available = 0;
    return ::PeekNamedPipe(pipe_.get(), nullptr, 0, nullptr, &available, nullptr) && available > 0;
  }

 private:
  PrivateDescriptor descriptor_;
  UniqueHandle pipe_;
};

constexpr wchar_t kOfSomebodyElse[] = L"O:S-1-5-21-1-2-3-1001D:(A;;GA;;;WD)";

TEST_F(TicketPipeTest, WhoTookTheNameOfAnAgentGetsNoByte) {
  const std::string name = NewName();
  Squatter squatter(name, kOfSomebodyElse);
  if (!squatter.valid()) GTEST_SKIP() << "needs the right to name another owner";
  const absl::Status status = PipeTicketSource({name}).GetTicket().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("S-1-5-21-1-2-3-1001"));
  EXPECT_FALSE(squatter.GotAByte());
}

TEST_F(TicketPipeTest, WhoTookTheOpenNameIsNotAskedWhileTheProtectedOneIsServed) {
  const std::string name = NewName();
  Squatter squatter(name, kOfSomebodyElse);
  if (!squatter.valid()) GTEST_SKIP() << "needs the right to name another owner";
  EXPECT_TRUE(PipeTicketSource({name_, name}).GetTicket().ok());
  EXPECT_TRUE(PipeTicketSource({NewName(), name_}).GetTicket().ok());
}

TEST_F(TicketPipeTest, AnAgentOfTheAdministratorsServesWhereNobodyElseCan) {
  if (!RunsAsAdministrator()) GTEST_SKIP() << "needs an administrator";
  const std::string name = absl::StrCat("proctor-test-served-", ::GetCurrentProcessId());
  EXPECT_EQ(ServedPipeName(name), ProtectedPipeName(name));
  const auto served = TicketPipe::Start(ServedPipeName(name),
                                        [](const AnonymousCaller&) { return v1::LocalTicket(); });
  ASSERT_TRUE(served.ok()) << served.status();
  EXPECT_TRUE(PipeTicketSource({ServedPipeName(name)}).GetTicket().ok());
}

// ssh's and WinRM's logons are of the type network.
TEST_F(TicketPipeTest, NobodyWhoLoggedOnToThisMachineIsShutOut) {
  const UniqueHandle pipe(::CreateFileW(ToUtf16(name_)->c_str(),
                                        FILE_GENERIC_READ | FILE_WRITE_DATA, 0, nullptr,
                                        OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr));
  ASSERT_TRUE(pipe.valid());
  PACL acl = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  ASSERT_EQ(::GetSecurityInfo(pipe.get(), SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr,
                              nullptr, &acl, nullptr, &descriptor),
            static_cast<DWORD>(ERROR_SUCCESS));
  for (DWORD i = 0; i < acl->AceCount; ++i) {
    void* ace = nullptr;
    ASSERT_TRUE(::GetAce(acl, i, &ace));
    EXPECT_EQ(static_cast<ACE_HEADER*>(ace)->AceType, ACCESS_ALLOWED_ACE_TYPE);
  }
  ::LocalFree(descriptor);
}

}  // namespace
}  // namespace proctor
