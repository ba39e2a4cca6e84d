#include "agent/jobhost/spool_thread.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "common/os_error.h"

namespace proctor::jobhost {

absl::StatusOr<std::unique_ptr<SpoolThread>> SpoolThread::Start(ProgressCallback progress) {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return OsErrorStatus("epoll_create1", errno);
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return OsErrorStatus("eventfd", errno);
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) {
    return OsErrorStatus("epoll_ctl", errno);
  }
  std::unique_ptr<SpoolThread> thread(
      new SpoolThread(std::move(epoll), std::move(wake), std::move(progress)));
  SpoolThread* const self = thread.get();
  thread->thread_ = std::thread([self] { self->Run(); });
  return thread;
}

SpoolThread::~SpoolThread() { Stop(); }

void SpoolThread::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  Wake();
  if (thread_.joinable()) thread_.join();
}

bool SpoolThread::stopping() {
  MutexLock lock(&mutex_);
  return stopping_;
}

void SpoolThread::Wake() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then the thread wakes anyway.
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof(one));
}

absl::Status SpoolThread::Add(const std::shared_ptr<SpoolStream>& stream) {
  MutexLock lock(&mutex_);
  streams_.emplace(stream.get(), stream);
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = stream.get();
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, stream->pipe_fd(), &event) != 0) {
    const int error = errno;
    streams_.erase(stream.get());
    return OsErrorStatus("epoll_ctl", error);
  }
  return absl::OkStatus();
}

void SpoolThread::Remove(const SpoolStream* stream) {
  MutexLock lock(&mutex_);
  streams_.erase(stream);
}

void SpoolThread::FinishLater(const std::shared_ptr<SpoolStream>& stream, FinishCallback done) {
  {
    MutexLock lock(&mutex_);
    finishing_.emplace_back(stream, std::move(done));
  }
  Wake();
}

void SpoolThread::PumpStream(const SpoolStream* key) {
  std::shared_ptr<SpoolStream> stream;
  {
    MutexLock lock(&mutex_);
    const auto found = streams_.find(key);
    if (found == streams_.end()) return;
    stream = found->second;
  }
  const SpoolStream::Pumped pumped = stream->Pump();
  if (pumped.notify.has_value()) progress_(*pumped.notify);
  if (pumped.state == SpoolStream::State::kOpen) return;
  // Every writer has closed: the end of the file would be reported for ever.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, stream->pipe_fd(), nullptr);
}

void SpoolThread::FinishStreams() {
  std::vector<Finish> finishing;
  {
    MutexLock lock(&mutex_);
    finishing.swap(finishing_);
    for (const Finish& finish : finishing) streams_.erase(finish.first.get());
  }
  for (const Finish& finish : finishing) finish.second(finish.first->Finish());
}

void SpoolThread::Run() {
  std::array<epoll_event, 64> events;
  while (!stopping()) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.ptr != nullptr) {
        PumpStream(static_cast<const SpoolStream*>(events[i].data.ptr));
        continue;
      }
      uint64_t ignored;
      [[maybe_unused]] const ssize_t got = ::read(wake_.get(), &ignored, sizeof(ignored));
      FinishStreams();
    }
  }
}

}  // namespace proctor::jobhost
