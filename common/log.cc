#include "common/log.h"

#include <spdlog/spdlog.h>

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

}  // namespace

bool IsLogged(LogLevel level) { return spdlog::should_log(SpdlogLevel(level)); }

void LogLine(LogLevel level, absl::string_view line) {
  spdlog::default_logger_raw()->log(SpdlogLevel(level),
                                    spdlog::string_view_t(line.data(), line.size()));
}

void EndLog() { spdlog::shutdown(); }

void SilenceLog() { spdlog::set_level(spdlog::level::off); }

}  // namespace proctor
