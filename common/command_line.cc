#include "common/command_line.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// cmd.exe's own limit (Microsoft support article 830473).
constexpr size_t kMaxBatchUnits = 8191;

// UTF-16 units of UTF-8 text: one a character, two for those beyond the basic plane.
size_t Utf16Units(absl::string_view text) {
  size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

bool NeedsQuotes(absl::string_view argument) {
  return argument.empty() || argument.find_first_of(" \t\n\v\"") != absl::string_view::npos;
}

// Backslashes are literal unless a quote follows: then each counts for two.
void AppendQuoted(absl::string_view argument, std::string* out) {
  out->push_back('"');
  size_t backslashes = 0;
  for (const char c : argument) {
    if (c == '\\') {
      ++backslashes;
      continue;
    }
    out->append(c == '"' ? 2 * backslashes + 1 : backslashes, '\\');
    backslashes = 0;
    out->push_back(c);
  }
  out->append(2 * backslashes, '\\');  // The closing quote follows them.
  out->push_back('"');
}

absl::Status CheckLength(absl::string_view line, size_t max_units) {
  const size_t units = Utf16Units(line) + 1;
  if (units <= max_units) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the command line has ", units,
                                                 " UTF-16 units, more than the ", max_units,
                                                 " that Windows takes"));
}

}  // namespace

absl::StatusOr<std::string> BuildCommandLine(const std::vector<std::string>& arguments,
                                             size_t max_units) {
  std::string line;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (absl::StrContains(argument, '\0')) {
      return absl::InvalidArgumentError("an argument contains a NUL byte");
    }
    if (i == 0) {
      if (absl::StrContains(argument, '"')) {
        return absl::InvalidArgumentError("argv[0] contains a quote, which Windows cannot express");
      }
      absl::StrAppend(&line, "\"", argument, "\"");
      continue;
    }
    line.push_back(' ');
    if (NeedsQuotes(argument)) {
      AppendQuoted(argument, &line);
    } else {
      line.append(argument);
    }
  }
  if (absl::Status fits = CheckLength(line, max_units); !fits.ok()) return fits;
  return line;
}

bool IsBatchFile(absl::string_view path) {
  while (!path.empty() && (path.back() == '.' || path.back() == ' ')) path.remove_suffix(1);
  return absl::EndsWithIgnoreCase(path, ".bat") || absl::EndsWithIgnoreCase(path, ".cmd");
}

absl::StatusOr<std::string> BuildBatchCommandLine(absl::string_view cmd_exe,
                                                  absl::string_view batch_file,
                                                  const std::vector<std::string>& arguments) {
  const auto harmless = [](absl::string_view text) {
    return text.find_first_of(absl::string_view("\0\r\n%\"", 5)) == absl::string_view::npos;
  };
  if (!harmless(batch_file)) {
    return absl::InvalidArgumentError("the batch file's name holds what cmd.exe would interpret");
  }
  // /d: no AutoRun commands; /v:OFF: '!' is only a character; the outer quotes are cmd's to strip.
  std::string line = absl::StrCat("\"", cmd_exe, "\" /d /e:ON /v:OFF /c \"\"", batch_file, "\"");
  for (const std::string& argument : arguments) {
    if (!harmless(argument)) {
      return absl::InvalidArgumentError(
          "an argument of a batch file holds NUL, CR, LF, '%' or '\"', which cmd.exe would "
          "interpret");
    }
    // Always in quotes: outside of them cmd.exe sees operators. A backslash before the closing
    // quote is doubled for programs that the batch file hands it to.
    absl::StrAppend(&line, " \"", argument);
    for (size_t i = argument.size(); i > 0 && argument[i - 1] == '\\'; --i) line.push_back('\\');
    line.push_back('"');
  }
  line.push_back('"');
  if (absl::Status fits = CheckLength(line, kMaxBatchUnits); !fits.ok()) return fits;
  return line;
}

}  // namespace proctor
