#ifndef PROCTOR_TESTS_E2E_TEST_DIRECTORY_H_
#define PROCTOR_TESTS_E2E_TEST_DIRECTORY_H_

#include <string>

namespace proctor {

// A fresh directory that every account may enter, with the programs of tests/programs and
// tests/e2e/programs in its bin/. (The build directory may lie where other accounts cannot go.)
// Removed with everything in it.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  std::string Program(const std::string& name) const { return path_ + "/bin/" + name; }

 private:
  std::string path_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_E2E_TEST_DIRECTORY_H_
