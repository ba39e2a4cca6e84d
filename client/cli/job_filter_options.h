#ifndef PROCTOR_CLIENT_CLI_JOB_FILTER_OPTIONS_H_
#define PROCTOR_CLIENT_CLI_JOB_FILTER_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proctor/v1/agent.pb.h"

namespace CLI {
class App;
}

namespace proctor::cli {

// The options of `ps` and `watch` that choose among jobs.
class JobFilterOptions {
 public:
  void Define(CLI::App* app);
  absl::StatusOr<v1::JobFilter> Build() const;

 private:
  std::vector<std::string> states_;
  std::string owner_;
  std::vector<std::string> labels_;
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_JOB_FILTER_OPTIONS_H_
