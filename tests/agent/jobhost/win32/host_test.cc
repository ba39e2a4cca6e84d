#include "tests/agent/jobhost/win32/host_test.h"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/command_line.h"
#include "common/win32/utf16.h"
#include "tests/agent/jobhost/win32/program.h"

namespace proctor::jobhost {
namespace {

// Fifty processes take their time to start on a machine that compiles meanwhile. Below the time
// that CTest gives a test.
constexpr absl::Duration kPatience = absl::Seconds(100);

}  // namespace

void HostTest::StartHost(const std::vector<std::string>& flags) {
  absl::StatusOr<std::unique_ptr<HostProcess>> host = HostProcess::Start(flags);
  ASSERT_TRUE(host.ok()) << host.status();
  host_ = *std::move(host);
  Reconnect(1);
}

void HostTest::Reconnect(uint64_t epoch) {
  if (client_ != nullptr) {
    EXPECT_TRUE(client_->AwaitSent());
  }
  client_ = nullptr;
  absl::StatusOr<std::unique_ptr<HostClient>> client = HostClient::Attach(host_->pipe(), epoch);
  ASSERT_TRUE(client.ok()) << client.status();
  client_ = *std::move(client);
}

UniqueHandle HostTest::PrimaryToken() {
  UniqueHandle own;
  UniqueHandle primary;
  ::OpenProcessToken(::GetCurrentProcess(), TOKEN_DUPLICATE | TOKEN_QUERY, own.receive());
  ::DuplicateTokenEx(own.get(), TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY, nullptr,
                     SecurityImpersonation, TokenPrimary, primary.receive());
  return primary;
}

uint64_t HostTest::Lend(const UniqueHandle& handle) {
  const HANDLE self = ::GetCurrentProcess();
  EXPECT_TRUE(::DuplicateHandle(self, handle.get(), self, lent_.emplace_back().receive(), 0, FALSE,
                                DUPLICATE_SAME_ACCESS));
  return reinterpret_cast<uintptr_t>(lent_.back().get());
}

Launch HostTest::MakeLaunch(const std::string& job_id, const std::string& program,
                            const std::vector<std::string>& arguments) {
  const std::string path = ProgramPath(absl::StrCat("programs\\", program, ".exe"));
  std::vector<std::string> all = {path};
  all.insert(all.end(), arguments.begin(), arguments.end());
  Launch launch;
  launch.set_job_id(job_id);
  WindowsLaunch& windows = *launch.mutable_windows();
  windows.set_token_handle(Lend(PrimaryToken()));
  windows.set_application(path);
  windows.set_command_line(BuildCommandLine(all).value());
  const TokenIdentity own = ReadOwnIdentity().value();
  windows.set_user_sid(own.user_sid);
  windows.set_logon_session(own.logon_session);
  for (const char* name : {"SystemRoot", "PATH"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) launch.add_environment(absl::StrCat(name, "=", value));
  }
  launch.set_working_directory("C:\\");
  launch.set_kill_signal(15);
  launch.set_grace_ns(5000000000);
  for (Output* output : {launch.mutable_standard_output(), launch.mutable_standard_error()}) {
    output->set_kind(Output::SPOOL);
    output->set_limit_bytes(64 << 20);
  }
  return launch;
}

JobReport HostTest::RunJob(const Launch& launch) {
  EXPECT_TRUE(client_->Start(launch).ok());
  const absl::StatusOr<JobReport> report = client_->AwaitEnd(launch.job_id());
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *report : JobReport();
}

JobReport HostTest::StartReady(const Launch& launch) {
  EXPECT_TRUE(client_->Start(launch).ok());
  // Its own report first: what it has printed may be read before that has arrived.
  EXPECT_TRUE(client_->AwaitPhase(launch.job_id(), RUNNING).ok());
  const bool ready = AwaitPrinted(launch.job_id(), "ready\n");
  const auto found = client_->reports().find(launch.job_id());
  const JobReport report = found == client_->reports().end() ? JobReport() : found->second;
  EXPECT_TRUE(ready) << Phase_Name(report.phase()) << ' ' << report.failure().call() << ' '
                     << report.failure().error() << ' ' << report.failure().detail()
                     << "; exit code " << report.main_exit().wait_status() << "; printed "
                     << Spooled(launch.job_id());
  return report;
}

bool HostTest::AwaitPrinted(const std::string& job_id, const std::string& text) {
  const absl::Time deadline = absl::Now() + kPatience;
  uint64_t seen = 0;
  while (absl::Now() < deadline) {
    const std::string printed = Spooled(job_id);
    if (absl::StrContains(printed, text)) return true;
    seen = printed.size();
    if (!client_->Follow(job_id, seen).ok()) return false;
    const size_t before = client_->progress().size();
    while (client_->progress().size() == before) {
      if (!client_->Next(deadline - absl::Now()).ok()) return false;
      const auto report = client_->reports().find(job_id);
      if (report != client_->reports().end() && report->second.finished_unix_ns() != 0) {
        return absl::StrContains(Spooled(job_id), text);
      }
    }
  }
  return false;
}

std::string HostTest::Spooled(const std::string& job_id, bool standard_error) const {
  std::ifstream file(
      absl::StrCat(host_->spool_dir(), "\\", job_id, standard_error ? ".err" : ".out"),
      std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

NamedEvent::NamedEvent() {
  static std::atomic<int> counter = 0;
  name_ = absl::StrCat("proctor-test-", ::GetCurrentProcessId(), "-", ++counter);
  event_ = UniqueHandle(::CreateEventA(nullptr, TRUE, FALSE, name_.c_str()));
}

}  // namespace proctor::jobhost
