#include "agent/jobhost/outbox.h"

#include <errno.h>

#include "common/os_error.h"

namespace proctor::jobhost {

void Outbox::Clear() {
  for (const Entry& entry : entries_) {
    if (entry.job != nullptr) entry.job->report_queued = false;
  }
  entries_.clear();
  blocked_ = false;
}

void Outbox::Connect(std::shared_ptr<const SeqpacketSocket> socket) {
  MutexLock lock(&mutex_);
  Clear();
  socket_ = std::move(socket);
}

void Outbox::Add(const std::shared_ptr<Job>& job) {
  MutexLock lock(&mutex_);
  if (socket_ == nullptr || job->report_queued) return;
  job->report_queued = true;
  entries_.push_back({job, {}});
}

void Outbox::Add(ToAgent message) {
  MutexLock lock(&mutex_);
  if (socket_ != nullptr) entries_.push_back({nullptr, std::move(message)});
}

Outbox::Sent Outbox::Send(const SeqpacketSocket& socket, Entry* entry) const {
  if (entry->job != nullptr) *entry->message.mutable_job_report() = builder_(*entry->job);
  const absl::Status sent = socket.Send(entry->message);
  if (sent.ok()) return Sent::kYes;
  const absl::optional<OsError> error = GetOsError(sent);
  const bool full = error.has_value() && (error->code == EAGAIN || error->code == ENOBUFS ||
                                          error->code == EMFILE || error->code == ENOMEM);
  return full ? Sent::kBlocked : Sent::kBroken;
}

void Outbox::Flush() {
  MutexLock lock(&mutex_);
  // Whoever is sending takes along what came meanwhile: reports of one job must not overtake each
  // other.
  if (sending_) return;
  sending_ = true;
  while (socket_ != nullptr && !blocked_ && !entries_.empty()) {
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    if (entry.job != nullptr) entry.job->report_queued = false;
    const std::shared_ptr<const SeqpacketSocket> socket = socket_;
    mutex_.Unlock();
    const Sent sent = Send(*socket, &entry);
    mutex_.Lock();
    // Another connection meanwhile: its inventory says what this said.
    if (socket_ != socket || sent == Sent::kYes) continue;
    if (sent == Sent::kBroken) {
      // The supervisor sees the end of the connection by itself.
      Clear();
      socket_ = nullptr;
    } else {
      blocked_ = true;
      const bool again = entry.job != nullptr && entry.job->report_queued;
      if (!again) {
        if (entry.job != nullptr) entry.job->report_queued = true;
        entries_.push_front(std::move(entry));
      }
      blocked_callback_(*socket);
    }
  }
  sending_ = false;
}

void Outbox::Unblock() {
  MutexLock lock(&mutex_);
  blocked_ = false;
}

bool Outbox::connected() const {
  MutexLock lock(&mutex_);
  return socket_ != nullptr;
}

bool Outbox::empty() const {
  MutexLock lock(&mutex_);
  return entries_.empty() && !sending_;
}

}  // namespace proctor::jobhost
