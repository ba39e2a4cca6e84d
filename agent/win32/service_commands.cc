#include "agent/win32/service_commands.h"

#include <windows.h>
// After windows.h.
#include <winsvc.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/token/win32/win32_token_pipeline.h"
#include "agent/win32/data_directory.h"
#include "agent/win32/event_source.h"
#include "agent/win32/program_folder.h"
#include "agent/win32/service_database.h"
#include "agent/win32/service_definition.h"
#include "agent/win32/service_installer.h"
#include "agent/win32/windows_agent.h"
#include "common/os_error.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

struct Advice {
  int code;
  const char* text;
};
constexpr Advice kAdvice[] = {
    {ERROR_ACCESS_DENIED, "It takes an administrator: run it from an elevated prompt."},
    {ERROR_SERVICE_DOES_NOT_EXIST, "Install the service first: proctord install"},
    {ERROR_SERVICE_NOT_ACTIVE, "Start the service: net start proctord"},
    {ERROR_SERVICE_MARKED_FOR_DELETE,
     "It is being removed, and something still has it open: close the Services console, or restart "
     "the machine, and try again."},
    {ERROR_SERVICE_CANNOT_ACCEPT_CTRL, "The service is starting or stopping; try again."},
    {ERROR_FAILED_SERVICE_CONTROLLER_CONNECT,
     "Only the system starts it like this: net start proctord. To serve from this console, leave "
     "out \"run\"."}};

std::string OwnPath() {
  std::vector<wchar_t> path(32768);
  const DWORD length = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  return FromUtf16(std::wstring_view(path.data(), length));
}

std::string Beside(const std::string& name) {
  const std::string self = OwnPath();
  return self.substr(0, self.rfind('\\') + 1) + name;
}

// The service is started in another directory.
absl::StatusOr<std::string> AbsolutePath(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  std::vector<wchar_t> full(32768);
  const DWORD length =
      ::GetFullPathNameW(wide->c_str(), static_cast<DWORD>(full.size()), full.data(), nullptr);
  if (length == 0 || length >= full.size()) return LastErrorStatus("GetFullPathNameW", path);
  return FromUtf16(std::wstring_view(full.data(), length));
}

// Those that the pipeline would miss; there is no second list.
absl::StatusOr<std::vector<std::string>> PipelinePrivileges() {
  absl::StatusOr<std::unique_ptr<Win32TokenPipeline>> pipeline = WindowsAgent::NewPipeline(nullptr);
  if (!pipeline.ok()) return pipeline.status();
  std::vector<std::string> names;
  for (const v1::Capability& capability : (*pipeline)->Capabilities()) {
    names.push_back(capability.name());
  }
  return names;
}

// The directory, and a configuration in it that is right.
absl::Status PrepareMachine(const AgentFlags& flags, std::string* told) {
  if (absl::Status made = DataDirectory::Prepare(DataDirectory::DefaultPath()); !made.ok()) {
    return made;
  }
  if (flags.config == DefaultConfigPath()) {
    const absl::StatusOr<bool> written = DataDirectory::WriteDefaultConfig(flags.config);
    if (!written.ok()) return written.status();
    absl::StrAppend(told, *written ? "wrote " : "kept ", flags.config, "\n");
  }
  return LoadConfig(flags).status();
}

}  // namespace

absl::StatusOr<std::string> InstallService(const AgentFlags& given) {
  const absl::StatusOr<std::string> config =
      given.config.empty() ? DefaultConfigPath() : AbsolutePath(given.config);
  if (!config.ok()) return config.status();
  const absl::StatusOr<std::string> host = CheckProgramFolder(Beside("proctor-jobhost.exe"));
  if (!host.ok()) return host.status();
  const absl::StatusOr<std::string> program = CheckProgramFolder(OwnPath());
  if (!program.ok()) return program.status();
  AgentFlags flags;  // The service has its configuration from the file alone.
  flags.config = *config;
  absl::StatusOr<std::vector<std::string>> privileges = PipelinePrivileges();
  if (!privileges.ok()) return privileges.status();
  const absl::StatusOr<ServiceDefinition> definition =
      ServiceDefinition::Make(*program, flags.config, *std::move(privileges));
  if (!definition.ok()) return definition.status();
  const std::unique_ptr<ServiceDatabase> database = ServiceDatabase::System(kServiceName);
  std::string told;
  const absl::StatusOr<ServiceInstaller::Installed> installed =
      ServiceInstaller(database.get()).Install(*definition, [&flags, &told] {
        return PrepareMachine(flags, &told);
      });
  if (!installed.ok()) return installed.status();
  if (absl::Status source = EventSource::Register(kServiceName, *program); !source.ok()) {
    if (installed->created) (void)database->Delete();
    return source;
  }
  absl::StrAppend(&told, installed->created
                             ? "installed the service proctord\n"
                             : "the service proctord was there; its settings are renewed\n");
  if (!installed->missing.empty()) {
    absl::StrAppend(&told, "this system does not have: ", absl::StrJoin(installed->missing, ", "),
                    "\n");
  }
  return told;
}

absl::StatusOr<std::string> UninstallService() {
  const std::unique_ptr<ServiceDatabase> database = ServiceDatabase::System(kServiceName);
  const absl::StatusOr<bool> removed = ServiceInstaller(database.get()).Uninstall();
  if (!removed.ok()) return removed.status();
  const absl::StatusOr<bool> source = EventSource::Unregister(kServiceName);
  if (!source.ok()) return source.status();
  return absl::StrCat(
      *removed ? "removed the service proctord\n" : "there was no service proctord\n",
      "configuration, state and logs stay in ", DataDirectory::DefaultPath(), "\n");
}

absl::StatusOr<std::string> ReloadService(const AgentFlags& given) {
  AgentFlags flags;
  flags.config = given.config.empty() ? DefaultConfigPath() : given.config;
  if (absl::StatusOr<config::AgentConfig> config = LoadConfig(flags); !config.ok()) {
    return config.status();
  }
  const absl::Status told =
      ServiceDatabase::System(kServiceName)->Control(SERVICE_CONTROL_PARAMCHANGE);
  if (!told.ok()) return told;
  return std::string("the service reads its configuration again; its log says what came of it\n");
}

std::string ServiceErrorText(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  if (!error.has_value()) return absl::StrCat(std::string(status.message()), "\n");
  std::string text = absl::StrCat(error->call, error->subject.empty() ? "" : " ", error->subject,
                                  ": ", OsErrorName(error->code), " (", error->code,
                                  "): ", OsErrorText(error->code), "\n");
  for (const Advice& advice : kAdvice) {
    if (advice.code == error->code) absl::StrAppend(&text, "  ", advice.text, "\n");
  }
  return text;
}

}  // namespace proctor
