#include "agent/jobhost/win32/spool_stream.h"

#include <algorithm>
#include <utility>

#include "common/win32/last_error.h"

namespace proctor::jobhost {
namespace {

constexpr uint64_t kReadBytes = 64 << 10;
// Not in every SDK that builds this.
constexpr DWORD kQuotaExceeded = 1295;  // ERROR_DISK_QUOTA_EXCEEDED

}  // namespace

SpoolStream::SpoolStream(SpoolPlace place, std::string job_id, bool standard_error,
                         uint64_t limit_bytes, UniqueHandle pipe)
    : place_(std::move(place)),
      job_id_(std::move(job_id)),
      standard_error_(standard_error),
      pipe_(std::move(pipe)),
      bound_(limit_bytes) {}

absl::Status SpoolStream::Start(const CompletionPort& port, uint64_t key) {
  MutexLock lock(&mutex_);
  if (absl::Status tied = port.Associate(pipe_, key); !tied.ok()) {
    // Better a broken pipe than a job that stands still because nobody reads.
    bound_.Stop(ERROR);
    pipe_.reset();
    return tied;
  }
  BeginRead(kReadBytes);
  return absl::OkStatus();
}

void SpoolStream::BeginRead(uint64_t most) {
  buffer_.resize(kReadBytes);
  overlapped_ = {};
  const auto bytes = static_cast<DWORD>(std::min(most, kReadBytes));
  if (!::ReadFile(pipe_.get(), buffer_.data(), bytes, nullptr, &overlapped_) &&
      ::GetLastError() != ERROR_IO_PENDING) {
    // ERROR_BROKEN_PIPE: the last writer has gone.
    pipe_.reset();
    return;
  }
  reading_ = true;
}

uint64_t SpoolStream::InPipe() {
  DWORD available = 0;
  if (!pipe_.valid() || !::PeekNamedPipe(pipe_.get(), nullptr, 0, nullptr, &available, nullptr)) {
    return 0;
  }
  return available;
}

SpoolStream::Progress SpoolStream::ReadEnded(DWORD bytes, DWORD error) {
  MutexLock lock(&mutex_);
  reading_ = false;
  if (bytes > 0) Keep(buffer_.data(), bytes);
  if (error != 0 && error != ERROR_OPERATION_ABORTED) pipe_.reset();
  Progress progress;
  progress.notify = Notice();
  if (finishing_) {
    left_ = left_.has_value() ? *left_ - std::min<uint64_t>(*left_, bytes) : InPipe();
    if (*left_ > 0 && pipe_.valid()) BeginRead(*left_);
    if (!reading_) progress.result = Close();
  } else if (pipe_.valid()) {
    BeginRead(kReadBytes);
  }
  return progress;
}

SpoolStream::Progress SpoolStream::Finish() {
  MutexLock lock(&mutex_);
  finishing_ = true;
  Progress progress;
  if (reading_) {
    // Its packet follows, with what it has got.
    ::CancelIoEx(pipe_.get(), &overlapped_);
  } else {
    progress.result = Close();
  }
  return progress;
}

void SpoolStream::Keep(const char* data, uint64_t bytes) {
  const uint64_t room = bound_.Room(bytes);
  uint64_t kept = 0;
  if (room > 0) {
    const DWORD error = Write(data, room);
    if (error == 0) {
      kept = room;
      bound_.Kept(kept);
      kept_ = bound_.kept();
    } else {
      SpoolFailed(error);
    }
  }
  bound_.Dropped(bytes - kept);
}

bool SpoolStream::TouchesReserve(uint64_t bytes) const {
  ULARGE_INTEGER available = {};
  return place_.reserve_bytes > 0 &&
         ::GetDiskFreeSpaceExW(place_.directory.c_str(), &available, nullptr, nullptr) &&
         available.QuadPart < place_.reserve_bytes + bytes;
}

DWORD SpoolStream::Write(const char* data, uint64_t bytes) {
  if (TouchesReserve(bytes)) return ERROR_DISK_FULL;
  if (!file_.valid()) {
    const std::wstring path = place_.directory + L"\\" + place_.name;
    file_.reset(::CreateFileW(path.c_str(), GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_DELETE,
                              nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
    if (!file_.valid()) return ::GetLastError();
  }
  uint64_t done = 0;
  while (done < bytes) {
    // An explicit offset: nobody else's seeking moves where the next byte goes.
    const uint64_t offset = bound_.kept() + done;
    OVERLAPPED at = {};
    at.Offset = static_cast<DWORD>(offset);
    at.OffsetHigh = static_cast<DWORD>(offset >> 32);
    DWORD written = 0;
    if (!::WriteFile(file_.get(), data + done, static_cast<DWORD>(bytes - done), &written, &at)) {
      return ::GetLastError();
    }
    if (written == 0) return ERROR_HANDLE_DISK_FULL;
    done += written;
  }
  return 0;
}

void SpoolStream::SpoolFailed(DWORD error) {
  const bool full =
      error == ERROR_DISK_FULL || error == ERROR_HANDLE_DISK_FULL || error == kQuotaExceeded;
  bound_.Stop(full ? FULL : ERROR);
  if (!file_.valid()) return;
  // A failed write may have left a part of itself behind that we do not count as kept.
  LARGE_INTEGER end;
  end.QuadPart = static_cast<LONGLONG>(bound_.kept());
  if (::SetFilePointerEx(file_.get(), end, nullptr, FILE_BEGIN)) ::SetEndOfFile(file_.get());
}

StreamResult SpoolStream::Close() {
  pipe_.reset();
  file_.reset();
  buffer_ = {};
  StreamResult result;
  result.set_bytes_kept(bound_.kept());
  result.set_bytes_dropped(bound_.dropped());
  result.set_drop(bound_.drop());
  return result;
}

absl::optional<OutputProgress> SpoolStream::Notice() {
  uint64_t follow = follow_;
  const uint64_t kept = kept_;
  // Whoever sees both the follower and the bytes may tell; only one of them does.
  if (follow == kNobody || kept <= follow || !follow_.compare_exchange_strong(follow, kNobody)) {
    return absl::nullopt;
  }
  OutputProgress progress;
  progress.set_job_id(job_id_);
  progress.set_standard_error(standard_error_);
  progress.set_bytes_kept(kept);
  return progress;
}

absl::optional<OutputProgress> SpoolStream::Follow(uint64_t offset) {
  follow_ = offset;
  return Notice();
}

}  // namespace proctor::jobhost
