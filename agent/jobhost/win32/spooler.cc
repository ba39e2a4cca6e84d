#include "agent/jobhost/win32/spooler.h"

#include <utility>

#include "common/log.h"

namespace proctor::jobhost {
namespace {

constexpr uint64_t kStopKey = 0;

}  // namespace

absl::StatusOr<std::unique_ptr<Spooler>> Spooler::Start(int threads, ProgressCallback progress) {
  absl::StatusOr<CompletionPort> port = CompletionPort::Create();
  if (!port.ok()) return port.status();
  std::unique_ptr<Spooler> spooler(new Spooler(*std::move(port), std::move(progress)));
  for (int i = 0; i < threads; ++i) {
    spooler->threads_.emplace_back([self = spooler.get()] { self->Run(); });
  }
  return spooler;
}

Spooler::~Spooler() {
  for (size_t i = 0; i < threads_.size(); ++i) port_.Post(kStopKey, 0);
  for (std::thread& thread : threads_) thread.join();
}

void Spooler::Run() {
  while (true) {
    const absl::optional<CompletionPort::Packet> packet = port_.Wait(INFINITE);
    if (!packet.has_value()) continue;
    if (packet->key == kStopKey) return;
    Handle(*packet);
  }
}

void Spooler::Handle(const CompletionPort::Packet& packet) {
  std::shared_ptr<SpoolStream> stream;
  {
    MutexLock lock(&mutex_);
    const auto found = entries_.find(packet.key);
    if (found == entries_.end()) return;
    stream = found->second.stream;
  }
  // Without a transfer it is the wish to finish.
  SpoolStream::Progress progress = packet.overlapped == nullptr
                                       ? stream->Finish()
                                       : stream->ReadEnded(packet.value, packet.error);
  if (progress.notify.has_value()) progress_(*std::move(progress.notify));
  if (!progress.result.has_value()) return;
  FinishedCallback finished;
  {
    MutexLock lock(&mutex_);
    const auto found = entries_.find(packet.key);
    finished = std::move(found->second.finished);
    keys_.erase(stream.get());
    entries_.erase(found);
  }
  finished(*progress.result);
}

void Spooler::Add(const std::shared_ptr<SpoolStream>& stream) {
  uint64_t key;
  {
    MutexLock lock(&mutex_);
    key = ++last_key_;
    entries_.emplace(key, Entry{stream, nullptr});
    keys_.emplace(stream.get(), key);
  }
  const absl::Status started = stream->Start(port_, key);
  if (!started.ok()) LogError("a job's output is lost: ", started.ToString());
}

void Spooler::Finish(const std::shared_ptr<SpoolStream>& stream, FinishedCallback finished) {
  MutexLock lock(&mutex_);
  const auto key = keys_.find(stream.get());
  if (key == keys_.end()) return;
  entries_[key->second].finished = std::move(finished);
  // Not here: the stream's lock may be held through a write to a slow disk.
  port_.Post(key->second, 0);
}

}  // namespace proctor::jobhost
