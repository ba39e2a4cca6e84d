#include "client/cli/job_filter_options.h"

#include <CLI/CLI.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace proctor::cli {

void JobFilterOptions::Define(CLI::App* app) {
  app->add_option("--state", states_, "created, running, draining, finished, lost; repeatable")
      ->type_name("STATE")
      ->delimiter(',')
      ->allow_extra_args(false);
  app->add_option("--owner", owner_, "Jobs of this account, a name or a number")
      ->type_name("ACCOUNT");
  app->add_option("-l,--label", labels_,
                  "Jobs with this label, KEY alone with any value; repeatable")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

absl::StatusOr<v1::JobFilter> JobFilterOptions::Build() const {
  v1::JobFilter filter;
  for (const std::string& name : states_) {
    v1::JobState state = v1::JOB_STATE_UNSPECIFIED;
    if (!v1::JobState_Parse(absl::AsciiStrToUpper(name), &state) ||
        state == v1::JOB_STATE_UNSPECIFIED) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--state: \"", name, "\" is none of created, running, draining, finished, lost"));
    }
    filter.add_states(state);
  }
  filter.set_owner(owner_);
  for (const std::string& label : labels_) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(label, absl::MaxSplits('=', 1));
    if (pair.first.empty()) return absl::InvalidArgumentError("--label: the key is empty");
    (*filter.mutable_labels())[pair.first] = pair.second;
  }
  return filter;
}

}  // namespace proctor::cli
