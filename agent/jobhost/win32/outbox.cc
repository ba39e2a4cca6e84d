#include "agent/jobhost/win32/outbox.h"

namespace proctor::jobhost {
namespace {

// So much may be in the pipe's own queue; the rest waits here, where a newer report replaces it.
constexpr size_t kMaxInPipe = 256 << 10;

}  // namespace

void Outbox::Clear() {
  for (const Entry& entry : entries_) {
    if (entry.job != nullptr) entry.job->report_queued = false;
  }
  entries_.clear();
}

void Outbox::Connect(std::shared_ptr<MessagePipe> pipe) {
  MutexLock lock(&mutex_);
  Clear();
  pipe_.swap(pipe);
}

void Outbox::Add(const std::shared_ptr<Job>& job) {
  MutexLock lock(&mutex_);
  if (pipe_ == nullptr || job->report_queued) return;
  job->report_queued = true;
  entries_.push_back({job, {}});
}

void Outbox::Add(ToAgent message) {
  MutexLock lock(&mutex_);
  if (pipe_ != nullptr) entries_.push_back({nullptr, std::move(message)});
}

void Outbox::Flush() {
  MutexLock lock(&mutex_);
  // Whoever is sending takes along what came meanwhile: reports of one job must not overtake each
  // other.
  if (sending_) return;
  sending_ = true;
  while (pipe_ != nullptr && !entries_.empty() && pipe_->unsent_bytes() < kMaxInPipe) {
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    if (entry.job != nullptr) entry.job->report_queued = false;
    const std::shared_ptr<MessagePipe> pipe = pipe_;
    mutex_.Unlock();
    if (entry.job != nullptr) *entry.message.mutable_job_report() = builder_(*entry.job);
    const absl::Status sent = pipe->Send(entry.message.SerializeAsString());
    mutex_.Lock();
    // Another connection meanwhile: its inventory says what this said.
    if (sent.ok() || pipe_ != pipe) continue;
    Clear();
    pipe_ = nullptr;
  }
  sending_ = false;
}

bool Outbox::connected() const {
  MutexLock lock(&mutex_);
  return pipe_ != nullptr;
}

bool Outbox::empty() const {
  MutexLock lock(&mutex_);
  return entries_.empty() && !sending_ && (pipe_ == nullptr || pipe_->unsent_bytes() == 0);
}

}  // namespace proctor::jobhost
