#include "agent/jobhost/win32/launch_attributes.h"

#include <utility>

#include "common/win32/last_error.h"

namespace proctor::jobhost {
namespace {

// Not in every SDK that builds this: ProcThreadAttributeValue(13, FALSE, TRUE, FALSE).
constexpr DWORD_PTR kJobList = 0x0002000D;

}  // namespace

LaunchAttributes::~LaunchAttributes() {
  if (list_ != nullptr) ::DeleteProcThreadAttributeList(list_);
}

absl::Status LaunchAttributes::Set(std::vector<HANDLE> inherited, const UniqueHandle* job) {
  inherited_ = std::move(inherited);
  const DWORD count = job != nullptr ? 2 : 1;
  SIZE_T bytes = 0;
  ::InitializeProcThreadAttributeList(nullptr, count, 0, &bytes);
  memory_.resize(bytes);
  auto* const list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
  if (!::InitializeProcThreadAttributeList(list, count, 0, &bytes)) {
    return LastErrorStatus("InitializeProcThreadAttributeList");
  }
  list_ = list;
  if (!inherited_.empty() &&
      !::UpdateProcThreadAttribute(list_, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited_.data(),
                                   inherited_.size() * sizeof(HANDLE), nullptr, nullptr)) {
    return LastErrorStatus("UpdateProcThreadAttribute", "handle list");
  }
  if (job == nullptr) return absl::OkStatus();
  job_ = job->get();
  if (!::UpdateProcThreadAttribute(list_, 0, kJobList, &job_, sizeof(job_), nullptr, nullptr)) {
    return LastErrorStatus("UpdateProcThreadAttribute", "job list");
  }
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
