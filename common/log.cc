#include "common/log.h"

#include <spdlog/spdlog.h>

#include <string>

#include "common/clock.h"
#include "common/line_aggregator.h"
#include "common/printable.h"

namespace proctor {
namespace {

// With what comes before it in its line, it fits into what a pipe takes in one piece: PIPE_BUF.
constexpr size_t kMaxText = 3900;
constexpr absl::string_view kCutOff = "…";

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

// Between two characters: `text` is UTF-8.
void CutOff(std::string* text) {
  if (text->size() <= kMaxText) return;
  size_t end = kMaxText;
  while ((static_cast<unsigned char>((*text)[end]) & 0xC0) == 0x80) --end;
  text->resize(end);
  text->append(kCutOff.data(), kCutOff.size());
}

}  // namespace

bool IsLogged(LogLevel level) { return spdlog::should_log(SpdlogLevel(level)); }

void LogLine(LogLevel level, absl::string_view line) {
  // What strangers call themselves is in some lines.
  std::string text = Printable(line);
  CutOff(&text);
  spdlog::default_logger_raw()->log(SpdlogLevel(level),
                                    spdlog::string_view_t(text.data(), text.size()));
}

bool AdmitRepeated(LogLevel level, absl::string_view kind, absl::string_view subject) {
  return RepeatedLines()->Admit(level, kind, subject, Clock::Real()->Monotonic());
}

LineAggregator* RepeatedLines() {
  static auto* const lines = new LineAggregator;
  return lines;
}

void SilenceLog() { spdlog::set_level(spdlog::level::off); }

}  // namespace proctor
