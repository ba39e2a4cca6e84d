#include "agent/jobhost/spool_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <utility>

#include "agent/jobhost/spool_name.h"

namespace proctor::jobhost {
namespace {

constexpr uint64_t kChunk = 1 << 20;
// After so much one stream lets the others of its thread have a turn.
constexpr uint64_t kTurn = 8 << 20;

}  // namespace

SpoolStream::SpoolStream(const SpoolDirectory& directory, const std::string& job_id,
                         bool standard_error, uint64_t limit_bytes, UniqueFd pipe, UniqueFd writer)
    : directory_(directory),
      job_id_(job_id),
      standard_error_(standard_error),
      pipe_(std::move(pipe)),
      writer_(std::move(writer)),
      bound_(limit_bytes) {}

void SpoolStream::SpoolFailed(int error) {
  bound_.Stop(error == ENOSPC || error == EDQUOT ? FULL : ERROR);
  // A failed write may have left a part of itself behind that we do not count as kept.
  if (file_.valid() && ::ftruncate(file_.get(), static_cast<off_t>(bound_.kept())) != 0) {
    bound_.Stop(ERROR);
  }
}

bool SpoolStream::TouchesReserve(uint64_t bytes) const {
  struct statvfs disk;
  return directory_.reserve_bytes > 0 && ::fstatvfs(directory_.directory_fd, &disk) == 0 &&
         uint64_t{disk.f_bavail} * disk.f_frsize < directory_.reserve_bytes + bytes;
}

int64_t SpoolStream::Keep(uint64_t bytes) {
  if (TouchesReserve(bytes)) return -ENOSPC;
  if (!file_.valid()) {
    const int fd = ::openat(directory_.directory_fd, SpoolName(job_id_, standard_error_).c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) return -errno;
    file_.reset(fd);
  }
  // An explicit offset: nobody else's seeking moves where the next byte goes.
  off_t offset = static_cast<off_t>(bound_.kept());
  const ssize_t moved = ::splice(pipe_.get(), nullptr, file_.get(), &offset, bytes,
                                 SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  if (moved < 0) return -errno;
  bound_.Kept(static_cast<uint64_t>(moved));
  kept_ = bound_.kept();
  return moved;
}

int64_t SpoolStream::MoveSome(uint64_t bytes) {
  const uint64_t room = bound_.Room(bytes);
  if (room > 0) {
    if (!file_.valid()) {
      // The file is made for a byte that is there, not for an empty pipe or its end.
      pollfd look = {pipe_.get(), POLLIN, 0};
      if (::poll(&look, 1, 0) <= 0) return -EAGAIN;
      if ((look.revents & POLLIN) == 0) return 0;
    }
    const int64_t moved = Keep(room);
    if (moved >= 0 || moved == -EAGAIN || moved == -EINTR) return moved;
    SpoolFailed(static_cast<int>(-moved));
  }
  const ssize_t moved =
      ::splice(pipe_.get(), nullptr, directory_.null_fd, nullptr, bytes, SPLICE_F_NONBLOCK);
  if (moved < 0) return -errno;
  bound_.Dropped(static_cast<uint64_t>(moved));
  return moved;
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

SpoolStream::Pumped SpoolStream::Pump() {
  MutexLock lock(&mutex_);
  Pumped result;
  uint64_t moved_in_turn = 0;
  while (pipe_.valid()) {
    const int64_t moved = MoveSome(kChunk);
    if (moved == -EINTR) continue;
    if (moved == -EAGAIN) break;
    if (moved <= 0) {
      result.state = moved == 0 ? State::kEndOfFile : State::kFailed;
      break;
    }
    moved_in_turn += static_cast<uint64_t>(moved);
    if (moved_in_turn >= kTurn) {
      result.more = true;
      break;
    }
  }
  result.notify = Notice();
  return result;
}

StreamResult SpoolStream::Close() {
  // The reading end first: the end of the last writer would wake the spool thread for nothing.
  pipe_.reset();
  writer_.reset();
  file_.reset();
  StreamResult result;
  result.set_bytes_kept(bound_.kept());
  result.set_bytes_dropped(bound_.dropped());
  result.set_drop(bound_.drop());
  return result;
}

StreamResult SpoolStream::Finish() {
  MutexLock lock(&mutex_);
  int queued = 0;
  // Only what is there now: a process outside the tree could go on writing for ever.
  if (pipe_.valid() && ::ioctl(pipe_.get(), FIONREAD, &queued) == 0) {
    while (queued > 0) {
      const int64_t moved = MoveSome(static_cast<uint64_t>(queued));
      if (moved == -EINTR) continue;
      if (moved <= 0) break;
      queued -= static_cast<int>(moved);
    }
  }
  return Close();
}

absl::optional<StreamResult> SpoolStream::TryFinishNow() {
  if (!mutex_.TryLock()) return absl::nullopt;
  absl::optional<StreamResult> result;
  int queued = 0;
  if (!pipe_.valid() || (::ioctl(pipe_.get(), FIONREAD, &queued) == 0 && queued == 0)) {
    result = Close();
  }
  mutex_.Unlock();
  return result;
}

void SpoolStream::Abandon() {
  MutexLock lock(&mutex_);
  bound_.Stop(ERROR);
  pipe_.reset();
  writer_.reset();
}

absl::optional<OutputProgress> SpoolStream::Follow(uint64_t offset) {
  follow_ = offset;
  return Notice();
}

int SpoolStream::pipe_fd() const {
  MutexLock lock(&mutex_);
  return pipe_.get();
}

}  // namespace proctor::jobhost
