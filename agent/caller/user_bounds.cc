#include "agent/caller/user_bounds.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/bound_exceeded.h"
#include "common/lock_out.h"
#include "common/token_bucket.h"

namespace proctor {
namespace {

// How much of a rate may come at once, in seconds. A new connection costs most, and
// the thread that takes it takes everybody's.
constexpr double kConnectionSeconds = 0.5;
constexpr double kCallSeconds = 10;
constexpr double kFruitlessSeconds = 5;
// Nobody wants what nobody waits for so long.
constexpr absl::Duration kAtOnce = absl::Milliseconds(100);
constexpr double kExplanationsPerSecond = 2;
constexpr double kExplanationBurst = 8;
// A stream goes on with this much, however many are not read.
constexpr size_t kMinPortion = 1024;

constexpr char kSlower[] = "open fewer at a time, or raise the bound in the agent's configuration";

}  // namespace

struct CallPermit::User {
  User(const UserBounds::Options& options, const Clock* its_clock)
      : clock(its_clock),
        max_buffered_bytes(options.max_buffered_bytes),
        new_connections(options.new_connections_per_second,
                        kConnectionSeconds * options.new_connections_per_second),
        new_calls(options.new_calls_per_second, kCallSeconds * options.new_calls_per_second),
        fruitless_calls(options.fruitless_calls_per_second,
                        kFruitlessSeconds * options.fruitless_calls_per_second) {}

  const Clock* const clock;
  const uint64_t max_buffered_bytes;
  Mutex mutex;
  UserBounds::Usage usage ABSL_GUARDED_BY(mutex);
  TokenBucket new_connections ABSL_GUARDED_BY(mutex);
  TokenBucket new_calls ABSL_GUARDED_BY(mutex);
  TokenBucket fruitless_calls ABSL_GUARDED_BY(mutex);
  LockOut lock_out ABSL_GUARDED_BY(mutex);  // Of new connections.
  TokenBucket explanations ABSL_GUARDED_BY(mutex){kExplanationsPerSecond, kExplanationBurst};
};

size_t CallPermit::Portion(size_t want) const {
  if (user_ == nullptr) return want;
  // Streams share a quarter of the allowance: the rest is for the answers of other calls.
  const uint64_t share = user_->max_buffered_bytes / 4;
  MutexLock lock(&user_->mutex);
  const uint64_t taken = std::min(share, user_->usage.buffered_bytes - charged_);
  const uint64_t portion = std::max<uint64_t>(kMinPortion, (share - taken) / 8);
  return static_cast<size_t>(std::min<uint64_t>(want, portion));
}

void CallPermit::Charge(uint64_t bytes) {
  if (user_ == nullptr || bytes == charged_) return;
  MutexLock lock(&user_->mutex);
  user_->usage.buffered_bytes += bytes - charged_;
  charged_ = bytes;
}

void CallPermit::Abandon() {
  if (user_ == nullptr) return;
  const absl::Duration now = user_->clock->Monotonic();
  if (now - begun_ > kAtOnce) return;
  MutexLock lock(&user_->mutex);
  user_->fruitless_calls.Take(now);
}

void CallPermit::Release() {
  if (user_ == nullptr) return;
  Charge(0);
  MutexLock lock(&user_->mutex);
  --user_->usage.calls;
}

absl::Status UserBounds::TooManyCalls(uint32_t calls) const {
  return BoundExceeded("max_calls_per_user",
                       absl::StrCat(calls, " in flight, the bound is ", options_.max_calls),
                       kSlower);
}

absl::Status UserBounds::TooManyFruitless() const {
  return BoundExceeded("max_fruitless_calls_per_second_per_user",
                       absl::StrCat("more than ", options_.fruitless_calls_per_second,
                                    " calls a second were refused, or given up at once"),
                       "heed the refusals, and wait longer for answers");
}

absl::Status UserBounds::OpenConnection(const std::string& user) {
  const std::shared_ptr<CallPermit::User> found = Find(user);
  const absl::Duration now = clock_->Monotonic();
  MutexLock lock(&found->mutex);
  if (found->lock_out.IsActive(now)) return TooManyFruitless();
  if (!found->new_connections.Take(now)) {
    return BoundExceeded("max_new_connections_per_second_per_user",
                         absl::StrCat("more than ", options_.new_connections_per_second,
                                      " new connections a second"),
                         "use a connection for many calls, or raise the bound in the agent's "
                         "configuration");
  }
  if (found->usage.connections >= options_.max_connections) {
    return BoundExceeded(
        "max_connections_per_user",
        absl::StrCat(found->usage.connections, " open, the bound is ", options_.max_connections),
        kSlower);
  }
  // Its calls would be refused, but not before gRPC has taken all that come with it.
  if (found->usage.calls >= options_.max_calls) return TooManyCalls(found->usage.calls);
  ++found->usage.connections;
  return absl::OkStatus();
}

void UserBounds::CloseConnection(const std::string& user) {
  const std::shared_ptr<CallPermit::User> found = Find(user);
  MutexLock lock(&found->mutex);
  --found->usage.connections;
}

bool UserBounds::MayExplain(const std::string& user) {
  const std::shared_ptr<CallPermit::User> found = Find(user);
  MutexLock lock(&found->mutex);
  return found->explanations.Take(clock_->Monotonic());
}

absl::StatusOr<CallPermit> UserBounds::BeginCall(const std::string& user) {
  std::shared_ptr<CallPermit::User> found = Find(user);
  const absl::Duration now = clock_->Monotonic();
  {
    MutexLock lock(&found->mutex);
    UserBounds::Usage& usage = found->usage;
    if (!found->fruitless_calls.HasOne(now)) return TooManyFruitless();
    if (!found->new_calls.Take(now)) {
      return BoundExceeded(
          "max_new_calls_per_second_per_user",
          absl::StrCat("more than ", options_.new_calls_per_second, " new calls a second"),
          "call less often, or raise the bound in the agent's configuration");
    }
    if (usage.calls >= options_.max_calls) return TooManyCalls(usage.calls);
    if (usage.buffered_bytes >= options_.max_buffered_bytes) {
      return BoundExceeded(
          "max_buffered_bytes_per_user",
          absl::StrCat(usage.buffered_bytes, " bytes of answers are not read, the bound is ",
                       options_.max_buffered_bytes),
          "read the answers of the calls that are open, or end them");
    }
    ++usage.calls;
  }
  return CallPermit(std::move(found), now);
}

bool UserBounds::CountFruitless(const std::string& user) {
  const std::shared_ptr<CallPermit::User> found = Find(user);
  {
    const absl::Duration now = clock_->Monotonic();
    MutexLock lock(&found->mutex);
    if (found->fruitless_calls.Take(now)) return true;
    // Calls that were on the way come still, without a disconnection for each.
    if (!found->lock_out.Begin(now)) return false;
  }
  MutexLock lock(&disconnect_mutex_);
  if (disconnect_ != nullptr) disconnect_(user);
  return false;
}

void UserBounds::OnFruitless(std::function<void(const std::string& user)> disconnect) {
  MutexLock lock(&disconnect_mutex_);
  disconnect_ = std::move(disconnect);
}

UserBounds::Usage UserBounds::UsageOf(const std::string& user) const {
  std::shared_ptr<CallPermit::User> found;
  {
    MutexLock lock(&mutex_);
    const auto known = users_.find(user);
    if (known == users_.end()) return {};
    found = known->second;
  }
  MutexLock lock(&found->mutex);
  return found->usage;
}

std::shared_ptr<CallPermit::User> UserBounds::Find(const std::string& user) {
  MutexLock lock(&mutex_);
  const auto known = users_.find(user);
  if (known != users_.end()) return known->second;
  if (users_.size() >= forget_at_) ForgetIdle();
  return users_.emplace(user, std::make_shared<CallPermit::User>(options_, clock_)).first->second;
}

// A user whose buckets are full and who holds nothing is as one who was never here.
void UserBounds::ForgetIdle() {
  const absl::Duration now = clock_->Monotonic();
  absl::erase_if(users_, [now](const auto& entry) {
    // Only the map itself gives references away, under the lock that is held here.
    if (entry.second.use_count() > 1) return false;
    CallPermit::User& user = *entry.second;
    MutexLock lock(&user.mutex);
    return user.usage.connections == 0 && user.new_connections.IsFull(now) &&
           user.new_calls.IsFull(now) && user.fruitless_calls.IsFull(now) &&
           user.lock_out.IsForgotten(now) && user.explanations.IsFull(now);
  });
  forget_at_ = std::max<size_t>(1024, 2 * users_.size());
}

}  // namespace proctor
