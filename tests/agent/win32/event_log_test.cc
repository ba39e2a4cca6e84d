#include "agent/win32/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <string>
#include <vector>

#include "agent/win32/event_log_sink.h"
#include "agent/win32/event_source.h"
#include "agent/win32/messages.h"
#include "common/win32/utf16.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor {
namespace {

constexpr char kSource[] = "proctor-test-events";

// As Event Viewer makes it of the message table, which this program has as proctord has it.
std::string TextOf(DWORD event, const wchar_t* insert) {
  wchar_t buffer[512];
  const DWORD_PTR inserts[] = {reinterpret_cast<DWORD_PTR>(insert)};
  const DWORD length = ::FormatMessageW(
      FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, ::GetModuleHandleW(nullptr),
      event, 0, buffer, 512, reinterpret_cast<va_list*>(const_cast<DWORD_PTR*>(inserts)));
  return FromUtf16(std::wstring_view(buffer, length));
}

TEST(EventMessagesTest, EveryEventHasItsText) {
  EXPECT_EQ(TextOf(PROCTOR_EVENT_STARTED, L"proctord serves"),
            "The Proctor agent has started. proctord serves\r\n");
  EXPECT_EQ(TextOf(PROCTOR_EVENT_STOPPED, L""),
            "The Proctor agent has stopped. Jobs go on in the job host.\r\n");
  EXPECT_EQ(TextOf(PROCTOR_EVENT_START_FAILED, L"why"),
            "The Proctor agent could not start: why\r\n");
  EXPECT_EQ(TextOf(PROCTOR_EVENT_WARNING, L"a warning"), "a warning\r\n");
  EXPECT_EQ(TextOf(PROCTOR_EVENT_ERROR, L"an error"), "an error\r\n");
  EXPECT_NE(TextOf(PROCTOR_EVENT_RELOADED, L""), "");
  EXPECT_NE(TextOf(PROCTOR_EVENT_RELOAD_FAILED, L""), "");
}

TEST(EventSourceTest, IsRegisteredAndRemoved) {
  const absl::Status registered = EventSource::Register(kSource, "C:\\proctord.exe");
  if (absl::IsPermissionDenied(registered)) GTEST_SKIP() << "needs an elevated administrator";
  ASSERT_TRUE(registered.ok()) << registered;
  EXPECT_TRUE(EventSource::Register(kSource, "C:\\proctord.exe").ok());
  EXPECT_TRUE(*EventSource::Unregister(kSource));
  EXPECT_FALSE(*EventSource::Unregister(kSource));
}

TEST(EventLogTest, WarningsAndErrorsAreKeptWithTheirKind) {
  PROCTOR_REQUIRES_WINDOWS("an event log");
  const std::shared_ptr<const EventLog> events = *EventLog::Open(kSource);
  spdlog::logger logger("test", std::make_shared<EventLogSink>(events));
  const HANDLE log = ::OpenEventLogW(nullptr, L"Application");
  ASSERT_NE(log, nullptr);
  DWORD before = 0;
  DWORD after = 0;
  ASSERT_TRUE(::GetNumberOfEventLogRecords(log, &before));
  logger.info("nobody is told");
  logger.warn("a warning");
  logger.error("an error");
  ASSERT_TRUE(::GetNumberOfEventLogRecords(log, &after));
  std::vector<BYTE> memory(65536);
  DWORD read = 0;
  DWORD needed = 0;
  ASSERT_TRUE(::ReadEventLogW(log, EVENTLOG_SEQUENTIAL_READ | EVENTLOG_BACKWARDS_READ, 0,
                              memory.data(), static_cast<DWORD>(memory.size()), &read, &needed));
  const auto* const last = reinterpret_cast<const EVENTLOGRECORD*>(memory.data());
  EXPECT_EQ(last->EventID, PROCTOR_EVENT_ERROR);
  EXPECT_EQ(last->EventType, EVENTLOG_ERROR_TYPE);
  EXPECT_GE(after - before, 2u);
  ::CloseEventLog(log);
}

}  // namespace
}  // namespace proctor
