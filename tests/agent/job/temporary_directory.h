#ifndef PROCTOR_TESTS_AGENT_JOB_TEMPORARY_DIRECTORY_H_
#define PROCTOR_TESTS_AGENT_JOB_TEMPORARY_DIRECTORY_H_

#include <string>

namespace proctor {

// A fresh directory, removed with everything in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_JOB_TEMPORARY_DIRECTORY_H_
