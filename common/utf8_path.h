#ifndef PROCTOR_COMMON_UTF8_PATH_H_
#define PROCTOR_COMMON_UTF8_PATH_H_

#include <filesystem>
#include <string>

#include "absl/strings/string_view.h"

namespace proctor {

// The path that a string in UTF-8, as all strings of requests and configurations are, names on this
// platform. C++20 deprecates std::filesystem::u8path, and newer compilers warn of it.
inline std::filesystem::path Utf8Path(absl::string_view text) {
  return std::filesystem::path(std::u8string(text.begin(), text.end()));
}

}  // namespace proctor

#endif  // PROCTOR_COMMON_UTF8_PATH_H_
