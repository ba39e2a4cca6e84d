#include "agent/config_file.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// Collects what the text-format parser complains about, as "path:line:column: message".
class ErrorList final : public google::protobuf::io::ErrorCollector {
 public:
  explicit ErrorList(const std::string& path) : path_(path) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    absl::StrAppend(&text_, text_.empty() ? "" : "\n", path_, ":", line + 1, ":", column + 1, ": ",
                    message);
  }

  const std::string& text() const { return text_; }

 private:
  const std::string path_;
  std::string text_;
};

absl::Status Bad(absl::string_view field, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat("configuration field ", field, ": ", message));
}

bool IsAbsolute(const std::string& path) { return std::filesystem::u8path(path).is_absolute(); }

absl::Status ValidateLimits(const config::LimitsConfig& limits) {
  constexpr uint64_t kMaxRequest = 256 << 20;
  if (limits.max_request_bytes() < 4096 || limits.max_request_bytes() > kMaxRequest) {
    return Bad("limits.max_request_bytes", "must be 4 KiB to 256 MiB");
  }
  if (limits.max_connections_per_user() == 0) {
    return Bad("limits.max_connections_per_user", "must not be 0");
  }
  if (limits.max_running_jobs_per_user() == 0) {
    return Bad("limits.max_running_jobs_per_user", "must not be 0");
  }
  if (limits.connection_idle_seconds() == 0) {
    return Bad("limits.connection_idle_seconds", "must not be 0");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<config::AgentConfig> ParseConfig(const std::string& text, const std::string& path) {
  ErrorList errors(path);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  config::AgentConfig config;
  if (!parser.ParseFromString(text, &config)) return absl::InvalidArgumentError(errors.text());
  if (absl::Status valid = ValidateConfig(config); !valid.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", valid.message()));
  }
  return config;
}

absl::StatusOr<config::AgentConfig> ReadConfigFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::NotFoundError(absl::StrCat(path, ": cannot be read, or is empty"));
  }
  return ParseConfig(text.str(), path);
}

absl::Status ValidateConfig(const config::AgentConfig& config) {
  if (config.has_socket() && !IsAbsolute(config.socket())) {
    return Bad("socket", "must be an absolute path");
  }
  if (config.has_state_directory() && !IsAbsolute(config.state_directory())) {
    return Bad("state_directory", "must be an absolute path");
  }
  if (config.socket_mode() > 0777) return Bad("socket_mode", "must be a file mode, at most 0777");
  if (config.defaults().umask() > 0777) return Bad("defaults.umask", "must be at most 0777");
  if (config.event_ring_size() == 0) return Bad("event_ring_size", "must not be 0");
  const std::string& containment = config.job_host().containment();
  if (containment != "auto" && containment != "cgroup" && containment != "session") {
    return Bad("job_host.containment", "must be auto, cgroup or session");
  }
  if (config.job_host().launch_deadline_seconds() == 0) {
    return Bad("job_host.launch_deadline_seconds", "must not be 0");
  }
  if (config.defaults().stream_bytes() > config.limits().max_stream_bytes()) {
    return Bad("defaults.stream_bytes", "is more than limits.max_stream_bytes");
  }
  if (config.defaults().retention_seconds() > config.limits().max_retention_seconds()) {
    return Bad("defaults.retention_seconds", "is more than limits.max_retention_seconds");
  }
  if (!config.tls_listen().empty() && config.tls_listen().rfind(':') == std::string::npos) {
    return Bad("tls_listen", "must be address:port");
  }
  if (config.tls().certificate_file().empty() != config.tls().key_file().empty()) {
    return Bad("tls", "must name both certificate_file and key_file, or neither");
  }
  if (const std::string& service = config.negotiate().service_principal();
      !service.empty() && (service.rfind("proctor/", 0) != 0 || service == "proctor/")) {
    return Bad("negotiate.service_principal", "must be proctor/HOST, its realm optional");
  }
  constexpr uint32_t kMinSessionSeconds = 60;
  if (config.session_max_life_seconds() < kMinSessionSeconds) {
    return Bad("session_max_life_seconds", "must be at least 60");
  }
  return ValidateLimits(config.limits());
}

}  // namespace proctor
