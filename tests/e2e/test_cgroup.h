#ifndef PROCTOR_TESTS_E2E_TEST_CGROUP_H_
#define PROCTOR_TESTS_E2E_TEST_CGROUP_H_

#include <cstddef>
#include <string>

namespace proctor {

// A cgroup of one test, as parent of the job host's. Without a cgroup v2 that may be written it is
// not there, and path() is empty.
class TestCgroup {
 public:
  TestCgroup();
  // Kills what is left in it and removes it.
  ~TestCgroup();
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;

  const std::string& path() const { return path_; }
  // Processes in it and below.
  size_t CountProcesses() const;
  // Cgroups below it.
  size_t CountCgroups() const;

 private:
  std::string path_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_TEST_CGROUP_H_
