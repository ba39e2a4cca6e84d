#include "tests/hostile/flood.h"

#include <poll.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "tests/hostile/raw_connection.h"

namespace proctor {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kPauseAfterClose(100);
// What one connection sends before it is the next one's turn.
constexpr int kTurn = 16;

// One connection of a flood, again and again.
class Peer {
 public:
  Peer(const std::string* target, const FloodPattern* pattern)
      : target_(target), pattern_(pattern) {}

  // Sends what the socket takes. Returns whether there is more to send, once it takes more.
  bool Proceed() {
    if (!connection_.has_value() && !Connect()) return false;
    if (pattern_->read) connection_->Receive();
    bool more = true;
    for (int turn = 0; turn < kTurn && more && !connection_->closed(); ++turn) {
      if (left_.empty()) left_ = pattern_->next(round_++);
      more = !left_.empty();
      const size_t sent = connection_->TrySend(left_);
      bytes_ += sent;
      left_.erase(0, sent);
      if (!left_.empty()) break;
    }
    if (connection_->closed()) Close();
    return more;
  }

  int fd() const { return connection_.has_value() ? connection_->fd() : -1; }
  uint64_t bytes() const { return bytes_; }
  int made() const { return made_; }
  bool open() const { return connection_.has_value(); }

 private:
  bool Connect() {
    if (steady_clock::now() < not_before_) return false;
    absl::StatusOr<RawConnection> connection = RawConnection::Open(*target_);
    if (!connection.ok()) {
      Close();
      return false;
    }
    connection_ = *std::move(connection);
    left_ = pattern_->opening;
    round_ = 0;
    ++made_;
    return true;
  }

  void Close() {
    connection_.reset();
    not_before_ = steady_clock::now() + kPauseAfterClose;
  }

  const std::string* const target_;
  const FloodPattern* const pattern_;
  absl::optional<RawConnection> connection_;
  std::string left_;
  uint32_t round_ = 0;
  uint64_t bytes_ = 0;
  int made_ = 0;
  steady_clock::time_point not_before_;
};

}  // namespace

std::string RunFlood(const std::string& target, int connections, const FloodPattern& pattern,
                     steady_clock::time_point until) {
  std::vector<Peer> peers;
  for (int i = 0; i < connections; ++i) peers.emplace_back(&target, &pattern);
  std::vector<pollfd> waits;
  while (steady_clock::now() < until) {
    waits.clear();
    for (Peer& peer : peers) {
      const bool more = peer.Proceed();
      if (!peer.open()) continue;
      const int events = (more ? POLLOUT : 0) | (pattern.read ? POLLIN : 0);
      waits.push_back({peer.fd(), static_cast<short>(events), 0});
    }
    ::poll(waits.data(), waits.size(), static_cast<int>(kPauseAfterClose.count()));
  }
  uint64_t bytes = 0;
  int made = 0;
  int open = 0;
  for (const Peer& peer : peers) {
    bytes += peer.bytes();
    made += peer.made();
    open += peer.open() ? 1 : 0;
  }
  return absl::StrCat(bytes >> 10, " KiB sent over ", made, " connections, ", open, " still open");
}

}  // namespace proctor
