#include "common/linux/broken_configuration.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace proctor {
namespace {

constexpr char kDefaultFile[] = "/etc/krb5.conf";
constexpr int kMaxDepth = 8;  // Files may include each other.

std::string Words(const GssLibrary& gss, long code) {
  const char* message = gss.krb5_get_error_message(nullptr, static_cast<krb5_error_code>(code));
  const std::string words = message == nullptr ? "" : message;
  if (message != nullptr) gss.krb5_free_error_message(nullptr, message);
  return words;
}

// As the library chooses those of a directory, krb5.conf(5): "*.conf", and names of letters,
// digits, dashes and underscores.
bool IsIncluded(const std::string& name) {
  if (absl::StartsWith(name, ".")) return false;
  return absl::EndsWith(name, ".conf") || std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
         });
}

class Search {
 public:
  explicit Search(const GssLibrary& gss) : gss_(gss) {}

  BrokenConfiguration InFile(const std::string& path, bool must_be_there, int depth) const {
    profile_t profile = nullptr;
    const long code = gss_.profile_init_path(path.c_str(), &profile);
    if (code == 0) {
      gss_.profile_release(profile);
      return {};
    }
    // One of several that nothing includes may be missing.
    if (!must_be_there && (code == ENOENT || code == EACCES || code == EPERM)) return {};
    BrokenConfiguration deeper =
        depth < kMaxDepth ? InIncludes(path, depth) : BrokenConfiguration();
    return deeper.file.empty() ? BrokenConfiguration{path, Words(gss_, code)} : deeper;
  }

 private:
  BrokenConfiguration InIncludes(const std::string& path, int depth) const {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      absl::string_view rest = line;
      BrokenConfiguration broken;
      if (absl::ConsumePrefix(&rest, "includedir ")) {
        broken = InDirectory(std::string(absl::StripAsciiWhitespace(rest)), depth);
      } else if (absl::ConsumePrefix(&rest, "include ")) {
        broken = InFile(std::string(absl::StripAsciiWhitespace(rest)), true, depth + 1);
      }
      if (!broken.file.empty()) return broken;
    }
    return {};
  }

  BrokenConfiguration InDirectory(const std::string& path, int depth) const {
    std::error_code error;
    std::filesystem::directory_iterator entries(path, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      if (!IsIncluded(entries->path().filename())) continue;
      BrokenConfiguration broken = InFile(entries->path(), true, depth + 1);
      if (!broken.file.empty()) return broken;
    }
    return error ? BrokenConfiguration{path, error.message()} : BrokenConfiguration();
  }

  const GssLibrary& gss_;
};

}  // namespace

std::vector<std::string> ConfigurationFiles() {
  const char* variable = std::getenv("KRB5_CONFIG");
  return absl::StrSplit(variable == nullptr ? kDefaultFile : variable, ':', absl::SkipEmpty());
}

BrokenConfiguration FindBrokenConfiguration(const GssLibrary& gss) {
  for (const std::string& path : ConfigurationFiles()) {
    BrokenConfiguration broken = Search(gss).InFile(path, false, 0);
    if (!broken.file.empty()) return broken;
  }
  return {};
}

}  // namespace proctor
