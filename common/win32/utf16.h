#ifndef PROCTOR_COMMON_WIN32_UTF16_H_
#define PROCTOR_COMMON_WIN32_UTF16_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// Windows' strings are UTF-16 and may hold lone surrogates; ours are UTF-8.

// INVALID_ARGUMENT for text that is not UTF-8: what could not be said must not become another name.
absl::StatusOr<std::wstring> ToUtf16(absl::string_view text);

// A lone surrogate becomes U+FFFD.
std::string FromUtf16(std::wstring_view text);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_UTF16_H_
