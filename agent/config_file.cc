#include "agent/config_file.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "agent/config_location.h"
#include "agent/header_bounds.h"
#include "agent/token/account_sids.h"
#include "agent/token/config_error.h"
#include "agent/token/policy.h"
#include "common/failure_detail.h"
#include "common/log_setup.h"
#include "common/unix_socket.h"
#include "common/utf8_path.h"

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

// "path:line:column: ", as far as it is known where the text says what `error` is about.
std::string PlaceOf(const absl::Status& error, const std::string& path,
                    const google::protobuf::TextFormat::ParseInfoTree& tree) {
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(error);
  const auto location = detail.has_value()
                            ? LocateField(tree, *config::AgentConfig::descriptor(), detail->field())
                            : absl::nullopt;
  if (!location.has_value()) return absl::StrCat(path, ": ");
  return absl::StrCat(path, ":", location->line + 1, ":", location->column + 1, ": ");
}

bool IsAbsolute(const std::string& path) { return Utf8Path(path).is_absolute(); }

// A bound of nothing would be an agent that nobody can use.
absl::Status RefuseZeros(const config::LimitsConfig& limits) {
  const struct {
    const char* field;
    uint32_t value;
  } counts[] = {
      {"max_connections_per_user", limits.max_connections_per_user()},
      {"max_running_jobs_per_user", limits.max_running_jobs_per_user()},
      {"connection_idle_seconds", limits.connection_idle_seconds()},
      {"max_calls_per_user", limits.max_calls_per_user()},
      {"max_calls_per_connection", limits.max_calls_per_connection()},
      {"max_new_connections_per_second_per_user", limits.max_new_connections_per_second_per_user()},
      {"max_new_calls_per_second_per_user", limits.max_new_calls_per_second_per_user()},
      {"max_fruitless_calls_per_second_per_user", limits.max_fruitless_calls_per_second_per_user()},
      {"max_tls_connections", limits.max_tls_connections()},
      {"max_tls_connections_per_address", limits.max_tls_connections_per_address()},
      {"max_unauthenticated_connections", limits.max_unauthenticated_connections()},
      {"authentication_seconds", limits.authentication_seconds()},
      {"max_new_connections_per_second_per_address",
       limits.max_new_connections_per_second_per_address()},
      {"max_unauthenticated_calls_per_second_per_address",
       limits.max_unauthenticated_calls_per_second_per_address()},
  };
  constexpr uint32_t kMaxCount = 10'000'000;
  for (const auto& count : counts) {
    if (count.value == 0 || count.value > kMaxCount) {
      return ConfigError(absl::StrCat("limits.", count.field), "must be 1 to 10,000,000");
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateSockets(const config::AgentConfig& config) {
  const std::string too_long = absl::StrCat("is longer than ", kMaxSocketPath,
                                            " bytes, the most that a Unix socket's path may have");
  if (config.has_socket() && !IsAbsolute(config.socket())) {
    return ConfigError("socket", "must be an absolute path");
  }
  if (config.socket().size() > kMaxSocketPath) return ConfigError("socket", too_long);
  const std::string host = JobHostSocket(config);
  if (host.size() <= kMaxSocketPath) return absl::OkStatus();
  if (config.job_host().has_socket()) return ConfigError("job_host.socket", too_long);
  return ConfigError(
      "socket",
      absl::StrCat("leaves no room beside it for the job host's socket: ", host, " ", too_long));
}

absl::Status ValidateLimits(const config::LimitsConfig& limits) {
  constexpr uint64_t kMaxRequest = 256 << 20;
  if (limits.max_request_bytes() < 4096 || limits.max_request_bytes() > kMaxRequest) {
    return ConfigError("limits.max_request_bytes", "must be 4 KiB to 256 MiB");
  }
  // Half of it is what requests may have, and one must fit.
  constexpr uint64_t kMaxBuffered = uint64_t{1} << 30;
  if (limits.max_buffered_bytes_per_user() / 2 < limits.max_request_bytes() ||
      limits.max_buffered_bytes_per_user() > kMaxBuffered) {
    return ConfigError("limits.max_buffered_bytes_per_user",
                       "must be at least twice limits.max_request_bytes, and at most 1 GiB");
  }
  return RefuseZeros(limits);
}

// What would reach a job host that the agent starts says nothing to one that is a unit of its own.
absl::Status RefuseWhatTheUnitSays(const config::AgentConfig& config) {
  const config::JobHostConfig& host = config.job_host();
  if (host.spawn()) return absl::OkStatus();
  const struct {
    bool set;
    const char* field;
    const char* flag;
  } fields[] = {
      {host.has_program(), "job_host.program", "ExecStart"},
      {host.has_containment(), "job_host.containment", "--containment"},
      {host.has_cgroup_parent(), "job_host.cgroup_parent", "--cgroup-parent"},
      {host.has_launch_deadline_seconds(), "job_host.launch_deadline_seconds", "--launch-deadline"},
      {config.defaults().has_open_files(), "defaults.open_files", "--open-files"},
      {config.limits().has_spool_reserve_bytes(), "limits.spool_reserve_bytes", "--spool-reserve"},
  };
  for (const auto& field : fields) {
    if (!field.set) continue;
    return ConfigError(field.field,
                       absl::StrCat("does not reach a job host that is a unit of its own "
                                    "(job_host.spawn is false): set ",
                                    field.flag, " in that unit"));
  }
  return absl::OkStatus();
}

// "proctor/host.example.com", "host/host.example.com@EXAMPLE.COM".
bool IsServiceAndHost(absl::string_view principal) {
  const absl::string_view name = principal.substr(0, principal.find('@'));
  const size_t slash = name.find('/');
  return slash != absl::string_view::npos && slash > 0 && slash + 1 < name.size();
}

}  // namespace

std::string JobHostSocket(const config::AgentConfig& config) {
  if (config.job_host().has_socket()) return config.job_host().socket();
  return config.socket().substr(0, config.socket().rfind('/')) + "/jobhost.sock";
}

absl::StatusOr<config::AgentConfig> ParseConfig(const std::string& text, const std::string& path,
                                                const AccountNames& names) {
  ErrorList errors(path);
  google::protobuf::TextFormat::ParseInfoTree tree;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(&tree);
  config::AgentConfig config;
  if (!parser.ParseFromString(text, &config)) return absl::InvalidArgumentError(errors.text());
  absl::Status valid = ValidateConfig(config);
  if (valid.ok()) valid = Policy::Compile(config, names).status();
  if (valid.ok()) valid = AccountSids::Resolve(config.negotiate(), names).status();
  if (!valid.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(PlaceOf(valid, path, tree), valid.message()));
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
  if (absl::Status sockets = ValidateSockets(config); !sockets.ok()) return sockets;
  if (config.has_state_directory() && !IsAbsolute(config.state_directory())) {
    return ConfigError("state_directory", "must be an absolute path");
  }
  // Relative ones would be looked for at the root, where a service goes at its start.
  const std::pair<const char*, const std::string&> files[] = {
      {"log.file", config.log().file()},
      {"tls.certificate_file", config.tls().certificate_file()},
      {"tls.key_file", config.tls().key_file()}};
  for (const auto& [field, file] : files) {
    if (!file.empty() && !IsAbsolute(file)) return ConfigError(field, "must be an absolute path");
  }
  if (config.socket_mode() > 0777)
    return ConfigError("socket_mode", "must be a file mode, at most 0777");
  if (config.defaults().umask() > 0777)
    return ConfigError("defaults.umask", "must be at most 0777");
  if (!IsLogLevel(config.log().level())) {
    return ConfigError("log.level", "must be trace, debug, info, warning, error, critical or off");
  }
  if (config.log().max_queued_lines() == 0) {
    return ConfigError("log.max_queued_lines", "must not be 0");
  }
  if (config.defaults().has_open_files() && config.defaults().open_files() == 0)
    return ConfigError("defaults.open_files", "must not be 0");
  for (const auto& [name, value] : config.defaults().environment()) {
    if (name.empty() || name.find('=') != std::string::npos ||
        (name + value).find('\0') != std::string::npos) {
      return ConfigError("defaults.environment",
                         "names are not empty and hold no '=', and nothing holds a NUL byte");
    }
  }
  if (config.event_ring_size() == 0) return ConfigError("event_ring_size", "must not be 0");
  const std::string& containment = config.job_host().containment();
  if (containment != "auto" && containment != "cgroup" && containment != "session") {
    return ConfigError("job_host.containment", "must be auto, cgroup or session");
  }
  if (config.job_host().launch_deadline_seconds() == 0) {
    return ConfigError("job_host.launch_deadline_seconds", "must not be 0");
  }
  if (absl::Status unit = RefuseWhatTheUnitSays(config); !unit.ok()) return unit;
  if (config.defaults().stream_bytes() > config.limits().max_stream_bytes()) {
    return ConfigError("defaults.stream_bytes", "is more than limits.max_stream_bytes");
  }
  if (config.defaults().retention_seconds() > config.limits().max_retention_seconds()) {
    return ConfigError("defaults.retention_seconds", "is more than limits.max_retention_seconds");
  }
  if (!config.tls_listen().empty() && config.tls_listen().rfind(':') == std::string::npos) {
    return ConfigError("tls_listen", "must be address:port");
  }
  if (absl::Status may = MayListenToStrangers(config, HeadersAreBounded()); !may.ok()) return may;
  if (config.tls().certificate_file().empty() != config.tls().key_file().empty()) {
    return ConfigError("tls", "must name both certificate_file and key_file, or neither");
  }
  if (const std::string& service = config.negotiate().service_principal();
      !service.empty() && !IsServiceAndHost(service)) {
    return ConfigError("negotiate.service_principal",
                       "must be proctor/HOST or another SERVICE/HOST, its realm optional");
  }
  if (config.account_check().pam_service().empty()) {
    return ConfigError("account_check.pam_service", "must not be empty");
  }
  constexpr uint32_t kMaxCacheSeconds = 3600;
  if (config.account_check().cache_seconds() > kMaxCacheSeconds) {
    return ConfigError("account_check.cache_seconds", "must be at most 3,600");
  }
  constexpr uint32_t kMinSessionSeconds = 60;
  if (config.session_max_life_seconds() < kMinSessionSeconds) {
    return ConfigError("session_max_life_seconds", "must be at least 60");
  }
  return ValidateLimits(config.limits());
}

}  // namespace proctor
