#ifndef PROCTOR_COMMON_PRINTABLE_H_
#define PROCTOR_COMMON_PRINTABLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace proctor {

// `text` with everything made visible that ends a line, drives a terminal or changes the order in
// which it shows the rest: control characters ("\\x1b", "\\n"), line and paragraph separators and
// the controls of bidirectional text ("\\u202e"), bytes that are not UTF-8 ("\\xff").
std::string Printable(absl::string_view text);

}  // namespace proctor

#endif  // PROCTOR_COMMON_PRINTABLE_H_
