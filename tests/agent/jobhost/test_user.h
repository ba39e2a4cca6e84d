#ifndef PROCTOR_TESTS_AGENT_JOBHOST_TEST_USER_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_TEST_USER_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// An ordinary user of this machine, removed by the destructor, which waits for the user's processes
// to end and gives up after ten seconds. Needs root.
class TestUser {
 public:
  static absl::StatusOr<TestUser> Create();
  TestUser(TestUser&& other) noexcept;
  TestUser& operator=(TestUser&&) = delete;
  ~TestUser();

  const std::string& name() const { return name_; }
  uid_t uid() const { return uid_; }
  gid_t gid() const { return gid_; }

  // Runs a tool of the shadow suite on the account: {"usermod", "--lock"}. Whether it succeeded.
  bool Change(std::vector<std::string> command) const;
  bool SetPassword(const std::string& password) const;

  // Makes the launch this user's.
  void Own(Launch* launch) const;

 private:
  TestUser() = default;
  std::string name_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_TEST_USER_H_
