#ifndef PROCTOR_CLIENT_CLI_STYLE_H_
#define PROCTOR_CLIENT_CLI_STYLE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace proctor::cli {

// Terminal colours, or none.
class Style {
 public:
  explicit Style(bool coloured) : coloured_(coloured) {}

  bool coloured() const { return coloured_; }
  std::string Bold(absl::string_view text) const { return Wrap("1", text); }
  std::string Dim(absl::string_view text) const { return Wrap("2", text); }
  std::string Good(absl::string_view text) const { return Wrap("32", text); }
  std::string Warning(absl::string_view text) const { return Wrap("33", text); }
  std::string Bad(absl::string_view text) const { return Wrap("31", text); }

 private:
  std::string Wrap(absl::string_view code, absl::string_view text) const {
    if (!coloured_ || text.empty()) return std::string(text);
    return absl::StrCat("\x1b[", code, "m", text, "\x1b[0m");
  }

  const bool coloured_;
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_STYLE_H_
