#include "tests/conformance/test_agent.h"

#include <gtest/gtest.h>
#include <windows.h>
// After windows.h.
#include <tlhelp32.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/agent_client.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"
#include "tests/agent/jobhost/win32/platform_truth.h"
#include "tests/conformance/agent_calls.h"
#include "tests/conformance/child_process.h"
#include "tests/conformance/process_watch.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

constexpr absl::Duration kStartTime = absl::Seconds(60);

std::string ProgramDirectory() {
  std::vector<wchar_t> own(32768);
  const DWORD length = ::GetModuleFileNameW(nullptr, own.data(), static_cast<DWORD>(own.size()));
  const std::string path = FromUtf16(std::wstring_view(own.data(), length));
  return path.substr(0, path.rfind('\\'));
}

struct Child {
  DWORD pid;
  std::string program;
};

std::vector<PROCESSENTRY32W> AllProcesses() {
  const UniqueHandle snapshot(::CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0));
  std::vector<PROCESSENTRY32W> found;
  PROCESSENTRY32W entry = {};
  entry.dwSize = sizeof(entry);
  for (BOOL more = ::Process32FirstW(snapshot.get(), &entry); more;
       more = ::Process32NextW(snapshot.get(), &entry)) {
    found.push_back(entry);
  }
  return found;
}

// Living processes that one of `parents` has started. None of `strangers`: the parent that such a
// process names may have ended, and its id be another's now.
std::vector<Child> ChildrenOf(const std::set<DWORD>& parents, const std::set<DWORD>& strangers) {
  std::vector<Child> found;
  for (const PROCESSENTRY32W& entry : AllProcesses()) {
    if (parents.count(entry.th32ParentProcessID) == 0) continue;
    if (strangers.count(entry.th32ProcessID) != 0) continue;
    if (ProcessWatch(entry.th32ProcessID).Ended()) continue;
    found.push_back({entry.th32ProcessID, FromUtf16(entry.szExeFile)});
  }
  return found;
}

bool IsJobHost(const Child& child) {
  return absl::EqualsIgnoreCase(child.program, "proctor-jobhost.exe");
}

void TerminateAndWait(DWORD pid) {
  const UniqueHandle process(::OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, pid));
  if (!process.valid()) return;
  ::TerminateProcess(process.get(), 9);
  constexpr DWORD kPatienceMs = 20'000;
  ::WaitForSingleObject(process.get(), kPatienceMs);
}

}  // namespace

class TestAgent::Impl {
 public:
  Impl() : name_(absl::StrCat("proctor-conformance-", ::GetCurrentProcessId(), "-", Random())) {
    std::error_code error;
    const std::filesystem::path directory = std::filesystem::temp_directory_path(error) / name_;
    std::filesystem::create_directories(directory / "shared", error);
    Require(!error, "no temporary directory");
    for (const PROCESSENTRY32W& entry : AllProcesses()) strangers_.insert(entry.th32ProcessID);
    directory_ = FromUtf16(directory.native());
    target_ = "pipe:" + name_;
  }

  ~Impl() {
    if (proctord_ != nullptr) Kill();
    for (const DWORD host : Hosts()) {
      hosts_.insert(host);
      TerminateAndWait(host);
    }
    // The job objects die with the host, and their processes with them. Under Wine, a process whose
    // parent is ended while it makes it stays half made for ever, and is seen a moment later: the
    // one that the host starts to ask a job to end.
    Eventually([this] {
      const std::vector<Child> left = ChildrenOf(hosts_, strangers_);
      for (const Child& child : left) {
        if (IsJobHost(child)) TerminateAndWait(child.pid);
      }
      return left.empty();
    });
    for (const Child& child : ChildrenOf(hosts_, strangers_)) {
      ADD_FAILURE() << "a process of a job is left: " << child.pid << " '" << child.program << "'";
    }
    if (::testing::Test::HasFailure()) ADD_FAILURE() << "the agent's log:\n" << Log();
    std::error_code ignored;
    std::filesystem::remove_all(Must(ToUtf16(directory_)), ignored);
  }

  void Start() {
    const std::string log = directory_ + "\\agent.log";
    proctord_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{ProgramDirectory() + "\\proctord.exe", "--pipe", name_,
                                 "--state-dir", directory_ + "\\state", "--log-level", "debug"},
        log, log);
    agents_.insert(static_cast<DWORD>(proctord_->pid()));
    ClientOptions options;
    options.target = target_;
    options.connect_timeout = kStartTime;
    const absl::Status answer =
        Must(AgentClient::Connect(std::move(options)))->DescribeAgent().status();
    if (!answer.ok()) Fail(absl::StrCat("proctord does not answer: ", answer.ToString(), Log()));
  }

  void Kill() {
    proctord_->Kill();
    proctord_ = nullptr;
  }

  void Stop() {
    proctord_->AskToEnd();
    EXPECT_EQ(proctord_->AwaitExit(kStartTime), 0);
    proctord_ = nullptr;
  }

  DWORD Host() {
    std::vector<DWORD> hosts;
    Eventually([&] { return (hosts = Hosts()).size() == 1; });
    Require(hosts.size() == 1, "there is not one job host");
    hosts_.insert(hosts[0]);
    return hosts[0];
  }

  void KillHost() { TerminateAndWait(Host()); }

  // By the log: the process has handles that come and go, and not with connections alone.
  size_t CountConnections() const {
    const std::vector<std::string> parts = absl::StrSplit(Log(), "] authenticated ");
    return parts.size() - 1;
  }

  DWORD pid() const { return static_cast<DWORD>(proctord_->pid()); }
  const std::string& target() const { return target_; }
  const std::string& directory() const { return directory_; }

 private:
  static uint64_t Random() {
    absl::BitGen random;
    return absl::Uniform<uint64_t>(random);
  }

  std::vector<DWORD> Hosts() const {
    std::vector<DWORD> hosts;
    for (const Child& child : ChildrenOf(agents_, strangers_)) {
      if (IsJobHost(child)) hosts.push_back(child.pid);
    }
    return hosts;
  }
  std::string Log() const { return ReadFile(directory_ + "\\agent.log"); }

  const std::string name_;
  std::string directory_;
  std::string target_;
  std::unique_ptr<ChildProcess> proctord_;
  // Every proctord that ran here: a job host outlives the one that started it.
  std::set<DWORD> agents_;
  std::set<DWORD> hosts_;
  std::set<DWORD> strangers_;  // What ran before this.
};

TestAgent::TestAgent() : impl_(std::make_unique<Impl>()) {}
TestAgent::~TestAgent() = default;

void TestAgent::Start() { impl_->Start(); }
void TestAgent::Stop() { impl_->Stop(); }
void TestAgent::Kill() { impl_->Kill(); }
void TestAgent::KillHost() { impl_->KillHost(); }

int64_t TestAgent::pid() const { return impl_->pid(); }
int64_t TestAgent::host_pid() const { return impl_->Host(); }
size_t TestAgent::CountConnections() const { return impl_->CountConnections(); }
const std::string& TestAgent::target() const { return impl_->target(); }

std::string TestAgent::File(const std::string& name) const {
  return absl::StrCat(impl_->directory(), "\\shared\\", name);
}

std::string TestAgent::Program(const std::string& name) const {
  return absl::StrCat(ProgramDirectory(), "\\programs\\", name, ".exe");
}

std::string TestAgent::Command() { return ProgramDirectory() + "\\proctor.exe"; }

std::string TestAgent::spool_directory() const { return impl_->directory() + "\\state\\spool"; }

size_t CountHandles(int64_t pid) { return jobhost::OpenHandles(static_cast<uint32_t>(pid)); }

}  // namespace proctor
