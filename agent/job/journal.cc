#include "agent/job/journal.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace proctor {
namespace {

// Writes of one transaction: the first of them does not wait for thousands of others.
constexpr std::ptrdiff_t kMaxCommit = 256;

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& path) {
  absl::StatusOr<std::unique_ptr<JournalStore>> store = JournalStore::Open(path);
  if (!store.ok()) return store.status();
  return std::unique_ptr<Journal>(new Journal(*std::move(store)));
}

Journal::Journal(std::unique_ptr<JournalStore> store)
    : store_(std::move(store)), thread_([this] { Loop(); }) {}

Journal::~Journal() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  queued_.NotifyOne();
  thread_.join();
}

void Journal::Put(JournalEntry entry, Done done) {
  Operation operation;
  operation.write.kind = JournalWrite::Kind::kPut;
  operation.write.entry = std::move(entry);
  operation.done = std::move(done);
  Enqueue(std::move(operation));
}

void Journal::Delete(std::string job_id, Done done) {
  Operation operation;
  operation.write.kind = JournalWrite::Kind::kDelete;
  operation.write.entry.job_id = std::move(job_id);
  operation.done = std::move(done);
  Enqueue(std::move(operation));
}

void Journal::AfterQueued(std::function<void()> done) {
  Operation operation;
  operation.read = [done = std::move(done)](JournalStore&) { done(); };
  Enqueue(std::move(operation));
}

void Journal::Flush() {
  RunOnThread([](JournalStore&) {});
}

absl::StatusOr<uint64_t> Journal::NextEpoch() {
  absl::StatusOr<uint64_t> epoch = absl::UnknownError("");
  RunOnThread([&epoch](JournalStore& store) { epoch = store.NextEpoch(); });
  return epoch;
}

absl::Status Journal::Load(const std::function<void(const JournalEntry&)>& take) {
  absl::Status status;
  RunOnThread([&](JournalStore& store) { status = store.Load(take); });
  return status;
}

absl::StatusOr<std::string> Journal::DigestKey() {
  absl::StatusOr<std::string> key = absl::UnknownError("");
  RunOnThread([&key](JournalStore& store) { key = store.DigestKey(); });
  return key;
}

void Journal::Enqueue(Operation operation) {
  {
    MutexLock lock(&mutex_);
    queue_.push_back(std::move(operation));
  }
  queued_.NotifyOne();
}

void Journal::RunOnThread(const std::function<void(JournalStore&)>& read) {
  Mutex mutex;
  CondVar finished;
  bool done = false;
  Operation operation;
  operation.read = [&](JournalStore& store) {
    read(store);
    // Notified under the lock: the waiter destroys all three as soon as it sees `done`.
    MutexLock lock(&mutex);
    done = true;
    finished.NotifyOne();
  };
  Enqueue(std::move(operation));
  MutexLock lock(&mutex);
  while (!done) finished.Wait(&mutex);
}

std::vector<Journal::Operation> Journal::NextBatch() {
  std::vector<Operation> batch;
  while (true) {
    {
      MutexLock lock(&mutex_);
      while (queue_.empty() && !stopping_ && !may_reclaim_) queued_.Wait(&mutex_);
      if (!queue_.empty() || stopping_) {
        batch.swap(queue_);
        return batch;
      }
    }
    may_reclaim_ = store_->ReclaimSpace();
  }
}

void Journal::Loop() {
  while (true) {
    std::vector<Operation> batch = NextBatch();
    if (batch.empty()) return;
    may_reclaim_ =
        may_reclaim_ || std::any_of(batch.begin(), batch.end(), [](const Operation& operation) {
          return !operation.read && operation.write.kind == JournalWrite::Kind::kDelete;
        });
    Process(std::move(batch));
  }
}

void Journal::Process(std::vector<Operation> batch) {
  const auto is_read = [](const Operation& operation) { return operation.read != nullptr; };
  for (auto next = batch.begin(); next != batch.end();) {
    if (is_read(*next)) {
      next->read(*store_);
      ++next;
      continue;
    }
    const auto most = next + std::min(kMaxCommit, batch.end() - next);
    const auto end = std::find_if(next, most, is_read);
    CommitWrites(next, end);
    next = end;
  }
}

void Journal::CommitWrites(std::vector<Operation>::iterator begin,
                           std::vector<Operation>::iterator end) {
  std::vector<const JournalWrite*> writes;
  for (auto operation = begin; operation != end; ++operation) writes.push_back(&operation->write);
  const absl::Status all = store_->Apply(writes);
  // One entry too large for the disk must not fail its neighbours: each gets its own verdict.
  if (!all.ok()) store_->ReuseLog();
  for (auto operation = begin; operation != end; ++operation) {
    absl::Status status = all;
    if (!all.ok()) {
      const JournalWrite* const write = &operation->write;
      status = store_->Apply({write});
    }
    if (operation->done) operation->done(std::move(status));
  }
}

}  // namespace proctor
