#include "agent/jobhost/win32/break_sender.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/win32/job_object.h"
#include "agent/jobhost/win32/window_objects.h"
#include "common/command_line.h"
#include "common/win32/utf16.h"
#include "tests/agent/jobhost/win32/program.h"
#include "tests/e2e/eventually.h"

namespace proctor::jobhost {
namespace {

constexpr char kToldVariable[] = "PROCTOR_TEST_DELIVERY";

// The sender starts its own program to deliver, which is this one: it does what the job host's main
// does, before any test, and writes down how that ended and where it was.
struct Deliverer {
  Deliverer() {
    const std::string line = FromUtf16(::GetCommandLineW());
    constexpr absl::string_view kFlag = "--deliver-break=";
    const size_t flag = line.find(kFlag.data());
    const char* const told = std::getenv(kToldVariable);
    if (flag == std::string::npos || told == nullptr) return;
    const std::string desktop = OwnDesktopName().value_or("none");
    const std::string text = line.substr(flag + kFlag.size());
    const int code = BreakSender::Deliver(text.substr(0, text.find('"')));
    std::ofstream(told) << code << ' ' << desktop << '\n';
    ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(code));
  }
} deliverer;

std::string FirstLine(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  return std::getline(file, line) && !file.eof() ? line : "";
}

class BreakSenderTest : public testing::Test {
 protected:
  BreakSenderTest() {
    std::filesystem::create_directories(directory_);
    ::_putenv_s(kToldVariable, (directory_ / "told").string().c_str());
  }
  ~BreakSenderTest() override {
    ::_putenv_s(kToldVariable, "");
    ::TerminateProcess(process_.get(), 9);
    ::WaitForSingleObject(process_.get(), INFINITE);
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  // A program with a console of its own that ends with 78 at a Ctrl-C. Returns when it says so.
  void StartProgram() {
    const std::filesystem::path out = directory_ / "out";
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), nullptr, TRUE};
    const UniqueHandle file(::CreateFileW(out.c_str(), FILE_APPEND_DATA | SYNCHRONIZE,
                                          FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes,
                                          CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
    STARTUPINFOW startup = {};
    startup.cb = sizeof(startup);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdOutput = file.get();
    std::wstring line =
        *ToUtf16(*BuildCommandLine({ProgramPath("programs\\on_break.exe"), "exit"}));
    PROCESS_INFORMATION information = {};
    ASSERT_TRUE(::CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW,
                                 nullptr, nullptr, &startup, &information));
    const UniqueHandle thread(information.hThread);
    process_ = UniqueHandle(information.hProcess);
    pid_ = information.dwProcessId;
    ASSERT_EQ(Await(out), "ready");
  }

  // A Ctrl-C to whoever of the job has the id; how that went.
  std::string Send(BreakSender* sender, const JobObject& job, uint32_t pid) {
    std::filesystem::remove(directory_ / "told");
    BreakSender::Request request;
    request.event = CTRL_C_EVENT;
    request.pids = {pid};
    const HANDLE self = ::GetCurrentProcess();
    EXPECT_TRUE(::DuplicateHandle(self, job.handle().get(), self, request.job.receive(),
                                  JOB_OBJECT_QUERY, FALSE, 0));
    sender->Send(std::move(request));
    return Await(directory_ / "told");
  }

  static std::string Await(const std::filesystem::path& path) {
    EXPECT_TRUE(Eventually([&path] { return !FirstLine(path).empty(); }));
    return FirstLine(path);
  }

  const std::filesystem::path directory_ = std::filesystem::temp_directory_path() /
                                           absl::StrCat("proctor-break-", ::GetCurrentProcessId());
  const CompletionPort port_ = *CompletionPort::Create();
  const std::unique_ptr<JobObject> job_ = *JobObject::Create(port_, 1);
  UniqueHandle process_;
  uint32_t pid_ = 0;
};

// The id of a process that has ended may be anybody's when the event is delivered.
TEST_F(BreakSenderTest, WhoHasTheIdAndIsNotInTheJobGetsNothing) {
  const std::string desktop = OwnDesktopName().value_or("none");
  BreakSender sender;
  StartProgram();
  EXPECT_EQ(Send(&sender, *job_, pid_), "1 " + desktop);
  EXPECT_EQ(::WaitForSingleObject(process_.get(), 0), static_cast<DWORD>(WAIT_TIMEOUT));
  ASSERT_TRUE(job_->Assign(process_).ok());
  EXPECT_EQ(Send(&sender, *job_, pid_), "0 " + desktop);
  const auto patience_ms = static_cast<DWORD>(std::chrono::milliseconds(kPatience).count());
  ASSERT_EQ(::WaitForSingleObject(process_.get(), patience_ms), WAIT_OBJECT_0);
  DWORD code = 0;
  EXPECT_TRUE(::GetExitCodeProcess(process_.get(), &code));
  EXPECT_EQ(code, 78u);
}

// While a private desktop is made this process is in another window station.
TEST_F(BreakSenderTest, DeliversFromTheDesktopWhereTheSenderWasMade) {
  const std::string desktop = OwnDesktopName().value();
  BreakSender sender;
  const HWINSTA own = ::GetProcessWindowStation();
  const std::wstring name = L"proctor-break-" + std::to_wstring(::GetCurrentProcessId());
  const UniqueStation other(::CreateWindowStationW(name.c_str(), 0, GENERIC_ALL, nullptr));
  ASSERT_NE(other, nullptr);
  ASSERT_TRUE(::SetProcessWindowStation(other.get()));
  EXPECT_EQ(Send(&sender, *job_, ::GetCurrentProcessId()), "1 " + desktop);
  ASSERT_TRUE(::SetProcessWindowStation(own));
}

}  // namespace
}  // namespace proctor::jobhost
