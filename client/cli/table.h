#ifndef PROCTOR_CLIENT_CLI_TABLE_H_
#define PROCTOR_CLIENT_CLI_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace proctor::cli {

// The width of `text` on a terminal: characters of UTF-8, escape sequences not counted.
size_t DisplayWidth(absl::string_view text);

// The first `width` characters, the last of them "…" when some are cut off.
std::string CutToWidth(absl::string_view text, size_t width);

// Aligned columns. The last column is not padded and, with a width, cut to fit it with "…".
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}

  // Missing cells are empty; "-" stands for an empty cell that is not the last.
  void AddRow(std::vector<std::string> cells);
  // The next column number `column` is aligned to the right.
  void AlignRight(size_t column) { right_.push_back(column); }

  // `width` 0: unlimited. `bold_header`: with terminal colours. Each line is indented by `indent`.
  std::string Render(size_t width, bool bold_header, size_t indent = 0) const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> right_;
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_TABLE_H_
