#include "tests/agent/jobhost/host_test.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"

namespace proctor::jobhost {

void HostTest::StartHost(const HostProcess::Options& options) {
  absl::StatusOr<HostProcess> host = HostProcess::Start(options);
  ASSERT_TRUE(host.ok()) << host.status();
  host_.emplace(*std::move(host));
  // A host serves its own user; the kernel tells it the effective one.
  const uid_t own = ::geteuid();
  ASSERT_EQ(::seteuid(options.run_as != 0 ? options.run_as : own), 0);
  absl::StatusOr<HostClient> client = HostClient::Attach(host_->socket_path());
  ASSERT_EQ(::seteuid(own), 0);
  ASSERT_TRUE(client.ok()) << client.status();
  client_.emplace(*std::move(client));
}

void HostTest::StopHost() {
  client_.reset();
  host_.reset();
}

JobReport HostTest::RunJob(const Launch& launch) {
  EXPECT_TRUE(client_->Start(launch).ok());
  const absl::StatusOr<JobReport> report = client_->AwaitEnd(launch.job_id());
  EXPECT_TRUE(report.ok()) << report.status();
  return report.ok() ? *report : JobReport();
}

std::string HostTest::Spooled(const std::string& job_id, bool standard_error) const {
  return ReadWholeFile(
      absl::StrCat(host_->spool_dir(), "/", job_id, standard_error ? ".err" : ".out"));
}

std::string ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace proctor::jobhost
