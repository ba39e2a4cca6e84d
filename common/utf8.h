#ifndef PROCTOR_COMMON_UTF8_H_
#define PROCTOR_COMMON_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace proctor {

// Bytes of the character at the start of `text` (RFC 3629: neither surrogates nor longer forms than
// needed); 0 when there is none.
size_t Utf8CharacterLength(absl::string_view text);

bool IsUtf8(absl::string_view text);

// `text` with each byte that is part of no character written as "\xff", so that a proto string can
// hold it. Not reversible: for people.
std::string EscapeInvalidUtf8(absl::string_view text);

}  // namespace proctor

#endif  // PROCTOR_COMMON_UTF8_H_
