#include "common/utf8.h"

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// What the second byte must lie between after such a first byte.
struct SecondByte {
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

SecondByte AfterFirst(unsigned char first) {
  switch (first) {
    case 0xE0:
      return {0xA0, 0xBF};  // Two bytes would do.
    case 0xED:
      return {0x80, 0x9F};  // No surrogates.
    case 0xF0:
      return {0x90, 0xBF};  // Three bytes would do.
    case 0xF4:
      return {0x80, 0x8F};  // Nothing beyond U+10FFFF.
    default:
      return {};
  }
}

}  // namespace

size_t Utf8CharacterLength(absl::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const size_t length = first < 0x80                     ? 1
                        : first >= 0xC2 && first <= 0xDF ? 2
                        : first >= 0xE0 && first <= 0xEF ? 3
                        : first >= 0xF0 && first <= 0xF4 ? 4
                                                         : 0;
  if (length == 0 || length > text.size()) return 0;
  const SecondByte second = AfterFirst(first);
  if (length > 1 && (byte(1) < second.low || byte(1) > second.high)) return 0;
  for (size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8CharacterLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string EscapeInvalidUtf8(absl::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8CharacterLength(text);
    if (length == 0) {
      absl::StrAppend(&escaped, "\\x",
                      absl::Hex(static_cast<unsigned char>(text[0]), absl::kZeroPad2));
    } else {
      absl::StrAppend(&escaped, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return escaped;
}

}  // namespace proctor
