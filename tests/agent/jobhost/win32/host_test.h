#ifndef PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_TEST_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_TEST_H_

#include <memory>
#include <string>
#include <vector>

#include "common/win32/token_identity.h"
#include "gtest/gtest.h"
#include "tests/agent/jobhost/win32/host_client.h"
#include "tests/agent/jobhost/win32/host_process.h"

namespace proctor::jobhost {

// A test with a job host and its agent.
class HostTest : public ::testing::Test {
 protected:
  void StartHost(const std::vector<std::string>& flags = {});
  // What the agent has sent is on its way, its connection ends, another agent comes.
  void Reconnect(uint64_t epoch);
  HostClient& client() { return *client_; }
  HostProcess& host() { return *host_; }
  void DropClient() { client_ = nullptr; }

  // A launch of programs\PROGRAM.exe as the test's own user, both streams into the spool.
  Launch MakeLaunch(const std::string& job_id, const std::string& program,
                    const std::vector<std::string>& arguments = {});
  // Launches and waits for the end.
  JobReport RunJob(const Launch& launch);
  // Launches and waits until the job has printed "ready".
  JobReport StartReady(const Launch& launch);
  // What the job left in the spool.
  std::string Spooled(const std::string& job_id, bool standard_error = false) const;
  // Waits until the job has kept that many bytes more than none.
  bool AwaitPrinted(const std::string& job_id, const std::string& text);

  // A handle to the same object, for the host to take; as long as the test.
  uint64_t Lend(const UniqueHandle& handle);
  void TakeBackAll() { lent_.clear(); }
  // A primary token of the test's user.
  static UniqueHandle PrimaryToken();

 private:
  std::vector<UniqueHandle> lent_;
  std::unique_ptr<HostProcess> host_;
  std::unique_ptr<HostClient> client_;
};

// An event that programs wait for.
class NamedEvent {
 public:
  NamedEvent();
  const std::string& name() const { return name_; }
  void Set() const { ::SetEvent(event_.get()); }

 private:
  std::string name_;
  UniqueHandle event_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_WIN32_HOST_TEST_H_
