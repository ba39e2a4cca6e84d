#ifndef PROCTOR_CLIENT_CLI_LAUNCH_OPTIONS_H_
#define PROCTOR_CLIENT_CLI_LAUNCH_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/agent_client.h"
#include "proctor/v1/job.pb.h"

namespace CLI {
class App;
}

namespace proctor::cli {

// The options of `run` and `launch`, and the LaunchSpec they make.
class LaunchOptions {
 public:
  void Define(CLI::App* app);
  // Without the standard input. INVALID_ARGUMENT names the option that is wrong.
  absl::StatusOr<v1::LaunchSpec> Build(const std::vector<std::string>& command_line) const;
  // Reads --stdin to its end, as far as the agent takes it: INVALID_ARGUMENT when it is longer.
  absl::Status ReadStdin(AgentClient& client, v1::LaunchSpec* spec) const;

 private:
  absl::Status FillEnvironment(v1::LaunchSpec* spec) const;
  absl::Status FillOutput(v1::LaunchSpec* spec) const;
  absl::Status FillLifetime(v1::LaunchSpec* spec) const;
  absl::Status FillLabels(v1::LaunchSpec* spec) const;
  absl::Status FillSharing(v1::LaunchSpec* spec) const;

  std::string executable_;
  std::string raw_command_line_;
  bool allow_batch_file_ = false;
  std::string working_directory_;
  std::vector<std::string> environment_;
  bool exact_environment_ = false;
  std::vector<std::string> unset_;
  std::string stdin_;
  std::string stdout_;
  std::string stderr_;
  bool merge_ = false;
  std::string output_limit_;
  std::string timeout_;
  std::string grace_period_;
  std::string kill_signal_;
  bool keep_tree_ = false;
  std::string on_caller_gone_;
  std::string retention_;
  std::vector<std::string> labels_;
  std::vector<std::string> shared_;
  std::string run_as_;
  std::string request_id_;
  bool no_new_privileges_ = false;
  bool drop_capabilities_ = false;
};

// "keep", "kill", "kill:30s".
absl::StatusOr<v1::OnCallerGone> ParseOnCallerGone(absl::string_view text);

// "K=V"; the name is not empty, the value may be. `form` is what an error asks for: "KEY=VALUE".
struct NameAndValue {
  std::string name;
  std::string value;
};
absl::StatusOr<NameAndValue> ParseNameAndValue(absl::string_view text, absl::string_view form);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_LAUNCH_OPTIONS_H_
