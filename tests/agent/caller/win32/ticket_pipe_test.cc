#include "agent/caller/win32/ticket_pipe.h"

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/win32/pipe_ticket_source.h"
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

  // Wine's pipes have no owner.
  absl::StatusOr<AgentTicket> Ask() { return PipeTicketSource(name_, true).GetTicket(); }

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

}  // namespace
}  // namespace proctor
