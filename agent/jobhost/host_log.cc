#include "agent/jobhost/host_log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

namespace proctor::jobhost {

absl::Status OpenHostLog(const HostLogOptions& options) {
  std::shared_ptr<spdlog::logger> logger;
  try {
    logger = options.file.empty() ? spdlog::stderr_logger_mt("jobhost")
                                  : spdlog::basic_logger_mt("jobhost", options.file);
  } catch (const spdlog::spdlog_ex& error) {
    return absl::InvalidArgumentError(error.what());
  }
  logger->set_level(spdlog::level::from_str(options.level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
