#include "common/log.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"

namespace proctor {
namespace {

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kCritical:
      break;
  }
  return spdlog::level::critical;
}

bool IsControl(char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }

// What strangers call themselves is in some lines: nothing there may end a line or move a
// terminal's cursor.
std::string Escaped(absl::string_view line) {
  std::string text;
  text.reserve(line.size());
  for (const char c : line) {
    if (IsControl(c)) {
      absl::StrAppend(&text, "\\x", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      text.push_back(c);
    }
  }
  return text;
}

}  // namespace

bool IsLogged(LogLevel level) { return spdlog::should_log(SpdlogLevel(level)); }

void LogLine(LogLevel level, absl::string_view line) {
  std::string escaped;
  if (std::any_of(line.begin(), line.end(), IsControl)) line = escaped = Escaped(line);
  spdlog::default_logger_raw()->log(SpdlogLevel(level),
                                    spdlog::string_view_t(line.data(), line.size()));
}

void EndLog() { spdlog::shutdown(); }

void SilenceLog() { spdlog::set_level(spdlog::level::off); }

}  // namespace proctor
