#include "common/printable.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"

namespace proctor {
namespace {

unsigned char Byte(absl::string_view text, size_t i) { return static_cast<unsigned char>(text[i]); }

// `character` is whole.
char32_t CodePoint(absl::string_view character) {
  const unsigned char first = Byte(character, 0);
  if (character.size() == 1) return first;
  char32_t code = first & (0x7F >> character.size());
  for (size_t i = 1; i < character.size(); ++i) code = code << 6 | (Byte(character, i) & 0x3F);
  return code;
}

// C0 and C1 controls and DEL; U+2028 and U+2029; the characters with the property Bidi_Control
// (Unicode Standard Annex 9, 2).
bool IsInvisible(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x61C || code == 0x200E ||
         code == 0x200F || (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

void AppendEscaped(char32_t code, std::string* out) {
  if (code == '\n') {
    out->append("\\n");
  } else if (code == '\t') {
    out->append("\\t");
  } else if (code <= 0xFF) {
    absl::StrAppend(out, "\\x", absl::Hex(static_cast<uint32_t>(code), absl::kZeroPad2));
  } else {
    absl::StrAppend(out, "\\u", absl::Hex(static_cast<uint32_t>(code), absl::kZeroPad4));
  }
}

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F; }

}  // namespace

std::string Printable(absl::string_view text) {
  if (std::all_of(text.begin(), text.end(), IsPlain)) return std::string(text);
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8CharacterLength(text);
    const absl::string_view character = text.substr(0, std::max<size_t>(1, length));
    if (length == 0) {
      AppendEscaped(Byte(character, 0), &result);
    } else if (const char32_t code = CodePoint(character); IsInvisible(code)) {
      AppendEscaped(code, &result);
    } else {
      result.append(character.data(), character.size());
    }
    text.remove_prefix(character.size());
  }
  return result;
}

}  // namespace proctor
