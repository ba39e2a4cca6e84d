#include "client/cli/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace proctor::cli {
namespace {

constexpr absl::string_view kGap = "  ";
constexpr absl::string_view kEllipsis = "…";

// The length of the UTF-8 character at the start of `text`; 0 when it is not one.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t length = byte(0) < 0x80                      ? 1
                        : byte(0) >= 0xC2 && byte(0) < 0xE0 ? 2
                        : byte(0) >= 0xE0 && byte(0) < 0xF0 ? 3
                        : byte(0) >= 0xF0 && byte(0) < 0xF5 ? 4
                                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

// The length of an escape sequence at the start of `text` ("\x1b[...m"); 0 when there is none.
size_t EscapeLength(absl::string_view text) {
  if (text.substr(0, 2) != "\x1b[") return 0;
  const size_t end = text.find('m');
  return end == absl::string_view::npos ? 0 : end + 1;
}

// The first `width` characters, the last of them "…" when some are cut off.
std::string Cut(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string result;
  for (size_t shown = 0; shown + 1 < width && !text.empty();) {
    const size_t escape = EscapeLength(text);
    const size_t length = escape > 0 ? escape : std::max<size_t>(1, CharacterLength(text));
    absl::StrAppend(&result, text.substr(0, length));
    text.remove_prefix(length);
    if (escape == 0) ++shown;
  }
  return absl::StrCat(result, kEllipsis);
}

void AppendEscaped(char c, std::string* out) {
  switch (c) {
    case '\n':
      out->append("\\n");
      break;
    case '\t':
      out->append("\\t");
      break;
    default:
      absl::StrAppendFormat(out, "\\x%02x", static_cast<unsigned char>(c));
  }
}

}  // namespace

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const size_t escape = EscapeLength(text);
    text.remove_prefix(escape > 0 ? escape : std::max<size_t>(1, CharacterLength(text)));
    if (escape == 0) ++width;
  }
  return width;
}

std::string Printable(absl::string_view text) {
  std::string result;
  while (!text.empty()) {
    const unsigned char first = static_cast<unsigned char>(text[0]);
    const size_t length = CharacterLength(text);
    // U+0080 to U+009F are control characters too: C2 80 to C2 9F.
    const bool control =
        first < 0x20 || first == 0x7F ||
        (length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0);
    if (length == 0 || control) {
      const size_t bytes = std::max<size_t>(1, length);
      for (size_t i = 0; i < bytes; ++i) AppendEscaped(text[i], &result);
      text.remove_prefix(bytes);
      continue;
    }
    absl::StrAppend(&result, text.substr(0, length));
    text.remove_prefix(length);
  }
  return result;
}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(rows_.front().size());
  for (size_t i = 0; i + 1 < cells.size(); ++i) {
    if (cells[i].empty()) cells[i].assign(1, '-');
  }
  rows_.push_back(std::move(cells));
}

std::string Table::Render(size_t width, bool bold_header, size_t indent) const {
  const size_t columns = rows_.front().size();
  std::vector<size_t> widths(columns, 0);
  for (const std::vector<std::string>& row : rows_) {
    for (size_t i = 0; i < columns; ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  size_t before_last = indent;
  for (size_t i = 0; i + 1 < columns; ++i) before_last += widths[i] + kGap.size();
  std::string text;
  for (size_t r = 0; r < rows_.size(); ++r) {
    std::string line(indent, ' ');
    for (size_t i = 0; i < columns; ++i) {
      const std::string& cell = rows_[r][i];
      const std::string padding(widths[i] - DisplayWidth(cell), ' ');
      const bool right = std::find(right_.begin(), right_.end(), i) != right_.end();
      if (right) absl::StrAppend(&line, padding);
      if (i + 1 < columns) {
        absl::StrAppend(&line, cell, right ? "" : padding, kGap);
      } else {
        // A last column narrower than this would say nothing any more.
        const size_t room = width > before_last + 8 ? width - before_last : 0;
        absl::StrAppend(&line, room > 0 ? Cut(cell, room) : cell);
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    const bool bold = r == 0 && bold_header;
    absl::StrAppend(&text, bold ? "\x1b[1m" : "", line, bold ? "\x1b[0m" : "", "\n");
  }
  return text;
}

}  // namespace proctor::cli
