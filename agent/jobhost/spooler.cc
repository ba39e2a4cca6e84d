#include "agent/jobhost/spooler.h"

#include <cstdint>
#include <utility>

namespace proctor::jobhost {

absl::StatusOr<std::unique_ptr<Spooler>> Spooler::Start(
    int threads, const SpoolThread::ProgressCallback& progress) {
  std::unique_ptr<Spooler> spooler(new Spooler);
  for (int i = 0; i < threads; ++i) {
    absl::StatusOr<std::unique_ptr<SpoolThread>> thread = SpoolThread::Start(progress);
    if (!thread.ok()) return thread.status();
    spooler->threads_.push_back(*std::move(thread));
  }
  return spooler;
}

SpoolThread& Spooler::ThreadOf(const SpoolStream* stream) const {
  // Heap addresses differ by multiples of the allocation's alignment; a multiplication spreads
  // them.
  const uint64_t mixed = reinterpret_cast<uintptr_t>(stream) * 0x9e3779b97f4a7c15ULL;
  return *threads_[(mixed >> 32) % threads_.size()];
}

absl::Status Spooler::Add(const std::shared_ptr<SpoolStream>& stream) {
  return ThreadOf(stream.get()).Add(stream);
}

void Spooler::Remove(const SpoolStream* stream) { ThreadOf(stream).Remove(stream); }

void Spooler::FinishLater(const std::shared_ptr<SpoolStream>& stream,
                          SpoolThread::FinishCallback done) {
  ThreadOf(stream.get()).FinishLater(stream, std::move(done));
}

void Spooler::Stop() {
  for (const std::unique_ptr<SpoolThread>& thread : threads_) thread->Stop();
}

}  // namespace proctor::jobhost
