#include "client/cli/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"

namespace proctor::cli {
namespace {

constexpr absl::string_view kGap = "  ";
constexpr absl::string_view kEllipsis = "…";

// The length of an escape sequence at the start of `text` ("\x1b[...m"); 0 when there is none.
size_t EscapeLength(absl::string_view text) {
  if (text.substr(0, 2) != "\x1b[") return 0;
  const size_t end = text.find('m');
  return end == absl::string_view::npos ? 0 : end + 1;
}

}  // namespace

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const size_t escape = EscapeLength(text);
    text.remove_prefix(escape > 0 ? escape : std::max<size_t>(1, Utf8CharacterLength(text)));
    if (escape == 0) ++width;
  }
  return width;
}

std::string CutToWidth(absl::string_view text, size_t width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  std::string result;
  for (size_t shown = 0; shown + 1 < width && !text.empty();) {
    const size_t escape = EscapeLength(text);
    const size_t length = escape > 0 ? escape : std::max<size_t>(1, Utf8CharacterLength(text));
    absl::StrAppend(&result, text.substr(0, length));
    text.remove_prefix(length);
    if (escape == 0) ++shown;
  }
  return absl::StrCat(result, kEllipsis);
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
        absl::StrAppend(&line, room > 0 ? CutToWidth(cell, room) : cell);
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    const bool bold = r == 0 && bold_header;
    absl::StrAppend(&text, bold ? "\x1b[1m" : "", line, bold ? "\x1b[0m" : "", "\n");
  }
  return text;
}

}  // namespace proctor::cli
