#ifndef PROCTOR_TESTS_AGENT_JOBHOST_HOST_TEST_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_HOST_TEST_H_

#include <string>

#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/agent/jobhost/host_client.h"
#include "tests/agent/jobhost/host_process.h"

namespace proctor::jobhost {

// A test with a job host and its agent.
class HostTest : public ::testing::Test {
 protected:
  void StartHost(const HostProcess::Options& options = {});
  // Before the user that the host runs as is removed.
  void StopHost();
  HostClient& client() { return *client_; }
  HostProcess& host() { return *host_; }

  // Launches and waits for the end.
  JobReport RunJob(const Launch& launch);
  // What the job left in the spool.
  std::string Spooled(const std::string& job_id, bool standard_error = false) const;

 private:
  absl::optional<HostProcess> host_;
  absl::optional<HostClient> client_;
};

std::string ReadWholeFile(const std::string& path);

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_HOST_TEST_H_
