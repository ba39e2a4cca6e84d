#ifndef PROCTOR_COMMON_LENGTH_PREFIXED_H_
#define PROCTOR_COMMON_LENGTH_PREFIXED_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace proctor {

// Adds `part` to `text` after its length as four bytes, most significant first: what is signed in
// parts cannot be cut in another way.
inline void AppendLengthPrefixed(absl::string_view part, std::string* text) {
  const uint32_t size = static_cast<uint32_t>(part.size());
  for (const int shift : {24, 16, 8, 0}) text->push_back(static_cast<char>(size >> shift));
  text->append(part.data(), part.size());
}

}  // namespace proctor

#endif  // PROCTOR_COMMON_LENGTH_PREFIXED_H_
