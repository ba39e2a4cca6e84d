#ifndef PROCTOR_TESTS_AGENT_JOBHOST_PAM_FILES_H_
#define PROCTOR_TESTS_AGENT_JOBHOST_PAM_FILES_H_

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/strings/string_view.h"

namespace proctor::jobhost {

// A directory of PAM service files, and of what they name, for one test. `$DIR` in a file's text
// stands for the directory.
class PamFiles {
 public:
  PamFiles() : directory_(std::filesystem::temp_directory_path().string() + "/pam-XXXXXX") {
    if (::mkdtemp(directory_.data()) == nullptr) ::abort();
    ::chmod(directory_.c_str(), 0755);
  }
  ~PamFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  PamFiles(const PamFiles&) = delete;
  PamFiles& operator=(const PamFiles&) = delete;

  const std::string& directory() const { return directory_; }
  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  void Write(const std::string& name, std::string text, mode_t mode = 0644) const {
    constexpr absl::string_view kVariable = "$DIR";
    for (size_t at; (at = text.find("$DIR")) != std::string::npos;) {
      text.replace(at, kVariable.size(), directory_);
    }
    std::ofstream(Path(name)) << text;
    ::chmod(Path(name).c_str(), mode);
  }
  // Whoever opens it waits for a writer who never comes, as for a server that does not answer.
  void MakeHanging(const std::string& name) const { ::mkfifo(Path(name).c_str(), 0600); }

 private:
  std::string directory_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_TESTS_AGENT_JOBHOST_PAM_FILES_H_
