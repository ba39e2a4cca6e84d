#include "agent/job/win32/windows_launch_message.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/token/win32/user_files.h"
#include "agent/token/win32/win32_token.h"
#include "common/win32/last_error.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr DWORD kSameAccess = 0;

uint64_t Nanoseconds(absl::Duration duration) {
  return static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration));
}

// A handle of this process for the host to take, with the rights that `handle` has, or with
// `access` only. The value that names it.
absl::StatusOr<uint64_t> Lend(HANDLE handle, DWORD access, std::vector<UniqueHandle>* lent) {
  const HANDLE self = ::GetCurrentProcess();
  UniqueHandle duplicate;
  if (!::DuplicateHandle(self, handle, self, duplicate.receive(), access, FALSE,
                         access == kSameAccess ? DUPLICATE_SAME_ACCESS : 0)) {
    return LastErrorStatus("DuplicateHandle");
  }
  lent->push_back(std::move(duplicate));
  return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(lent->back().get()));
}

// A file only this agent can name, deleted with its last handle; positioned at its start.
absl::StatusOr<UniqueHandle> StdinFile(const LaunchOrder& order, const std::string& directory) {
  const std::string path = absl::StrCat(directory, "\\", order.job_id, ".in");
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  const absl::StatusOr<PrivateDescriptor> descriptor = PrivateDescriptor::ForOwnUser();
  if (!descriptor.ok()) return descriptor.status();
  SECURITY_ATTRIBUTES attributes = descriptor->attributes();
  UniqueHandle file(::CreateFileW(wide->c_str(), GENERIC_READ | GENERIC_WRITE | DELETE,
                                  FILE_SHARE_READ | FILE_SHARE_DELETE, &attributes, CREATE_NEW,
                                  FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", path);
  absl::string_view data = order.spec.standard_input().data();
  while (!data.empty()) {
    DWORD written = 0;
    if (!::WriteFile(file.get(), data.data(), static_cast<DWORD>(data.size()), &written, nullptr)) {
      return LastErrorStatus("WriteFile", path);
    }
    data.remove_prefix(written);
  }
  if (!::SetFilePointerEx(file.get(), {}, nullptr, FILE_BEGIN)) {
    return LastErrorStatus("SetFilePointerEx", path);
  }
  return file;
}

void FillOutput(const v1::OutputTarget& target, uint64_t limit, jobhost::Output* output) {
  switch (target.target_case()) {
    case v1::OutputTarget::kDiscard:
      return output->set_kind(jobhost::Output::DISCARD);
    case v1::OutputTarget::kMerge:
      return output->set_kind(jobhost::Output::MERGE);
    case v1::OutputTarget::kFile:
      return output->set_kind(jobhost::Output::FILE);
    default:
      output->set_kind(jobhost::Output::SPOOL);
      return output->set_limit_bytes(limit);
  }
}

absl::Status FillHandles(const LaunchOrder& order, const std::string& scratch_directory,
                         std::vector<UniqueHandle>* lent, jobhost::WindowsLaunch* windows) {
  const auto& token = static_cast<const Win32Token&>(order.token.context());
  absl::StatusOr<uint64_t> handle = Lend(token.handle(), kSameAccess, lent);
  if (!handle.ok()) return handle.status();
  windows->set_token_handle(*handle);
  if (!order.spec.standard_input().data().empty()) {
    const absl::StatusOr<UniqueHandle> input = StdinFile(order, scratch_directory);
    if (!input.ok()) return input.status();
    // The job gets it as it is, and may neither write to it nor keep it from being deleted.
    handle = Lend(input->get(), FILE_GENERIC_READ, lent);
    if (!handle.ok()) return handle.status();
    windows->set_stdin_handle(*handle);
  }
  const auto& files = static_cast<const OpenedFiles&>(*order.token.environment().files);
  using Setter = void (jobhost::WindowsLaunch::*)(uint64_t);
  const std::pair<const UniqueHandle&, Setter> opened[] = {
      {files.program, &jobhost::WindowsLaunch::set_program_handle},
      {files.directory, &jobhost::WindowsLaunch::set_directory_handle},
      {files.standard_output, &jobhost::WindowsLaunch::set_stdout_handle},
      {files.standard_error, &jobhost::WindowsLaunch::set_stderr_handle}};
  for (const auto& [file, set] : opened) {
    if (!file.valid()) continue;
    handle = Lend(file.get(), kSameAccess, lent);
    if (!handle.ok()) return handle.status();
    (windows->*set)(*handle);
  }
  windows->set_user_sid(token.user_sid());
  windows->set_logon_session(token.logon_session());
  windows->set_logon_sid(token.logon_sid());
  windows->set_session_id(token.session());
  windows->set_integrity(token.integrity());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WindowsLaunchMessage> MakeWindowsLaunch(const LaunchOrder& order,
                                                       const std::string& scratch_directory) {
  WindowsLaunchMessage made;
  jobhost::Launch& launch = *made.message.mutable_launch();
  launch.set_job_id(order.job_id);
  const LaunchEnvironment& environment = order.token.environment();
  for (const std::string& variable : environment.variables) launch.add_environment(variable);
  launch.set_working_directory(environment.working_directory);
  launch.set_stdin_attached(!order.spec.standard_input().data().empty());
  FillOutput(order.spec.standard_output(), order.parameters.stdout_limit,
             launch.mutable_standard_output());
  FillOutput(order.spec.standard_error(), order.parameters.stderr_limit,
             launch.mutable_standard_error());
  launch.set_timeout_ns(Nanoseconds(order.parameters.timeout));
  launch.set_kill_signal(order.parameters.kill_signal);
  launch.set_grace_ns(Nanoseconds(order.parameters.grace_period));
  launch.set_keep_tree(order.parameters.keep_tree);
  launch.set_follow_output(order.follow_output);
  jobhost::WindowsLaunch& windows = *launch.mutable_windows();
  windows.set_application(environment.executable_candidates[0]);
  windows.set_command_line(environment.command_line);
  windows.set_profile_user(environment.profile_user);
  windows.set_desktop_kind(order.spec.desktop() == v1::INTERACTIVE_DESKTOP
                               ? jobhost::WindowsLaunch::INTERACTIVE_DESKTOP
                               : jobhost::WindowsLaunch::PRIVATE_DESKTOP);
  const absl::Status filled = FillHandles(order, scratch_directory, &made.lent, &windows);
  if (!filled.ok()) return filled;
  return made;
}

}  // namespace proctor
