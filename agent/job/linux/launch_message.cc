#include "agent/job/linux/launch_message.h"

#include <fcntl.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "agent/token/launch_strings.h"
#include "agent/token/posix/delegated_credentials.h"
#include "agent/token/posix/posix_credentials.h"
#include "common/linux/sealed_memfd.h"
#include "common/os_error.h"

namespace proctor {
namespace {

uint64_t Nanoseconds(absl::Duration duration) {
  return static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration));
}

void FillOutput(const v1::OutputTarget& target, const std::string& path, uint64_t limit,
                jobhost::Output* output) {
  switch (target.target_case()) {
    case v1::OutputTarget::kDiscard:
      output->set_kind(jobhost::Output::DISCARD);
      break;
    case v1::OutputTarget::kMerge:
      output->set_kind(jobhost::Output::MERGE);
      break;
    case v1::OutputTarget::kFile:
      output->set_kind(jobhost::Output::FILE);
      output->set_path(path);
      output->set_mode(static_cast<jobhost::Output::Mode>(target.file().mode()));
      output->set_allow_special(target.file().allow_special());
      break;
    case v1::OutputTarget::kSpool:
    case v1::OutputTarget::TARGET_NOT_SET:
      output->set_kind(jobhost::Output::SPOOL);
      output->set_limit_bytes(limit);
      break;
  }
}

// What of the session's environment the caller does not want is decided here: the host knows only
// what it is given.
void FillPamSession(const PosixCredentials& credentials, const v1::Environment& environment,
                    jobhost::Launch* launch) {
  if (credentials.pam == nullptr) return;
  jobhost::PamSession* session = launch->mutable_pam_session();
  session->set_service(credentials.pam->service);
  session->set_user(credentials.pam->user);
  session->set_exact_environment(environment.base() == v1::Environment::EXACT);
  *session->mutable_withheld() = environment.unset();
}

void FillIdentity(const LaunchToken& token, jobhost::Launch* launch) {
  const auto& credentials = static_cast<const PosixCredentials&>(token.context());
  launch->set_uid(credentials.uid);
  launch->set_gid(credentials.gid);
  launch->mutable_groups()->Add(credentials.groups.begin(), credentials.groups.end());
  launch->set_change_identity(credentials.change_identity);
  launch->set_no_new_privileges(token.restrictions().no_new_privileges());
  launch->set_drop_all_capabilities(token.restrictions().drop_all_capabilities());
  const LaunchEnvironment& environment = token.environment();
  for (const std::string& path : environment.executable_candidates) {
    launch->add_executable_candidates(path);
  }
  launch->set_candidates_from_path(environment.candidates_from_path);
  for (const std::string& variable : environment.variables) launch->add_environment(variable);
  launch->set_working_directory(environment.working_directory);
  launch->set_working_directory_may_be_missing(environment.working_directory_may_be_missing);
  launch->set_umask(environment.umask);
  if (environment.delegated != nullptr) {
    const auto& delegated = static_cast<const DelegatedCredentials&>(*environment.delegated);
    launch->set_credential_cache(std::string(delegated.cache.view()));
  }
}

}  // namespace

static_assert(static_cast<int>(jobhost::Output::APPEND) == v1::OutputTarget::File::APPEND);
static_assert(static_cast<int>(jobhost::Output::TRUNCATE) == v1::OutputTarget::File::TRUNCATE);
static_assert(static_cast<int>(jobhost::Output::EXCLUSIVE) == v1::OutputTarget::File::EXCLUSIVE);

jobhost::Launch BuildLaunchMessage(const LaunchOrder& order) {
  jobhost::Launch launch;
  launch.set_job_id(order.job_id);
  FillIdentity(order.token, &launch);
  FillPamSession(static_cast<const PosixCredentials&>(order.token.context()),
                 order.spec.environment(), &launch);
  for (const std::string& argument : ArgumentsOf(order.spec)) launch.add_argv(argument);
  launch.set_stdin_attached(!order.spec.standard_input().data().empty());
  FillOutput(order.spec.standard_output(), OutputPathOf(order.spec, false),
             order.parameters.stdout_limit, launch.mutable_standard_output());
  FillOutput(order.spec.standard_error(), OutputPathOf(order.spec, true),
             order.parameters.stderr_limit, launch.mutable_standard_error());
  launch.set_timeout_ns(Nanoseconds(order.parameters.timeout));
  launch.set_kill_signal(order.parameters.kill_signal);
  launch.set_grace_ns(Nanoseconds(order.parameters.grace_period));
  launch.set_keep_tree(order.parameters.keep_tree);
  launch.set_follow_output(order.follow_output);
  return launch;
}

absl::StatusOr<UniqueFd> StdinDescriptor(const std::string& data) {
  absl::StatusOr<UniqueFd> sealed = SealedMemfd("proctor-stdin", data);
  if (!sealed.ok()) return sealed;
  // A description of its own: read-only, and positioned at the start.
  UniqueFd readable(
      ::open(absl::StrCat("/proc/self/fd/", sealed->get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!readable.valid()) return OsErrorStatus("open", errno, "stdin memfd");
  return readable;
}

}  // namespace proctor
