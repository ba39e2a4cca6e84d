#include "agent/jobhost/win32/job_object.h"

#include <algorithm>
#include <cstddef>

#include "common/win32/last_error.h"

namespace proctor::jobhost {
namespace {

constexpr uint64_t kNsPerTick = 100;  // Of a FILETIME and its like.

}  // namespace

absl::StatusOr<std::unique_ptr<JobObject>> JobObject::Create(const CompletionPort& port,
                                                             uint64_t key) {
  UniqueHandle handle(::CreateJobObjectW(nullptr, nullptr));
  if (!handle.valid()) return LastErrorStatus("CreateJobObjectW");
  std::unique_ptr<JobObject> job(new JobObject(std::move(handle)));
  if (absl::Status limited = job->SetLimits(); !limited.ok()) return limited;
  // Before the first process: what happened earlier is not told afterwards.
  JOBOBJECT_ASSOCIATE_COMPLETION_PORT associate = {};
  associate.CompletionKey = reinterpret_cast<void*>(static_cast<uintptr_t>(key));
  associate.CompletionPort = port.handle().get();
  if (!::SetInformationJobObject(job->job_.get(), JobObjectAssociateCompletionPortInformation,
                                 &associate, sizeof(associate))) {
    return LastErrorStatus("SetInformationJobObject", "completion port");
  }
  return job;
}

// The whole structure each time: to read it, change a bit and write it back would lose what the
// system does not read back. No JOB_OBJECT_LIMIT_BREAKAWAY_OK: nothing leaves the tree.
absl::Status JobObject::SetLimits() const {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (!::SetInformationJobObject(job_.get(), JobObjectExtendedLimitInformation, &limits,
                                 sizeof(limits))) {
    return LastErrorStatus("SetInformationJobObject", "limits");
  }
  return absl::OkStatus();
}

absl::Status JobObject::Assign(const UniqueHandle& process) const {
  if (::AssignProcessToJobObject(job_.get(), process.get())) return absl::OkStatus();
  return LastErrorStatus("AssignProcessToJobObject");
}

absl::StatusOr<bool> JobObject::Contains(const UniqueHandle& process) const {
  BOOL inside = FALSE;
  if (!::IsProcessInJob(process.get(), job_.get(), &inside)) {
    return LastErrorStatus("IsProcessInJob");
  }
  return inside != FALSE;
}

absl::StatusOr<uint32_t> JobObject::ActiveProcesses() const {
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION info = {};
  if (!::QueryInformationJobObject(job_.get(), JobObjectBasicAccountingInformation, &info,
                                   sizeof(info), nullptr)) {
    return LastErrorStatus("QueryInformationJobObject", "accounting");
  }
  return info.ActiveProcesses;
}

std::vector<uint32_t> JobObject::ProcessIds() const {
  size_t room = 64;
  while (true) {
    std::vector<ULONG_PTR> buffer(sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST) / sizeof(ULONG_PTR) +
                                  room);
    auto* list = reinterpret_cast<JOBOBJECT_BASIC_PROCESS_ID_LIST*>(buffer.data());
    const auto bytes = static_cast<DWORD>(buffer.size() * sizeof(ULONG_PTR));
    const bool read = ::QueryInformationJobObject(job_.get(), JobObjectBasicProcessIdList, list,
                                                  bytes, nullptr) != FALSE;
    if (!read && ::GetLastError() != ERROR_MORE_DATA) return {};
    if (read || room > (1u << 20)) {
      const ULONG_PTR* const ids = list->ProcessIdList;
      const size_t count = std::min<size_t>(list->NumberOfProcessIdsInList, room);
      return std::vector<uint32_t>(ids, ids + count);
    }
    room *= 4;
  }
}

absl::Status JobObject::Terminate(uint32_t exit_code) const {
  if (::TerminateJobObject(job_.get(), exit_code)) return absl::OkStatus();
  return LastErrorStatus("TerminateJobObject");
}

absl::optional<CpuTime> JobObject::Cpu() const {
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION info = {};
  if (!::QueryInformationJobObject(job_.get(), JobObjectBasicAccountingInformation, &info,
                                   sizeof(info), nullptr)) {
    return absl::nullopt;
  }
  const auto user = static_cast<uint64_t>(info.TotalUserTime.QuadPart);
  const auto system = static_cast<uint64_t>(info.TotalKernelTime.QuadPart);
  // Two zeros say that nobody has counted, as under Wine, or that there was nothing to count.
  if (user == 0 && system == 0) return absl::nullopt;
  return CpuTime{user * kNsPerTick, system * kNsPerTick};
}

}  // namespace proctor::jobhost
