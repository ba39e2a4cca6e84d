#ifndef PROCTOR_CLIENT_LEFT_BEHIND_H_
#define PROCTOR_CLIENT_LEFT_BEHIND_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace proctor {

// Calls of libraries that cannot be interrupted (Kerberos waits for its key distribution centres,
// and a resolver for its name servers, as long as they see fit) run on threads of their own.
// Whoever called waits until `stop`; the call then goes on by itself, and what it comes to is
// dropped.

// While so many calls that nobody waits for any more go on in the process, no new one is begun.
constexpr int kMostLeftBehind = 32;

// Runs `work` on a new thread and returns when it has ended: OK. CANCELLED when `stop` came first
// (nothing was run when it came before the call), DEADLINE_EXCEEDED after `timeout`: `work` must
// own all that it touches. UNAVAILABLE, and nothing was run, while kMostLeftBehind go on.
absl::Status RunUntil(const std::stop_token& stop, absl::Duration timeout,
                      std::function<void()> work);

// The same for a function with a result.
template <typename T>
absl::StatusOr<T> CallUntil(const std::stop_token& stop, std::function<absl::StatusOr<T>()> work) {
  const auto result = std::make_shared<absl::optional<absl::StatusOr<T>>>();
  const absl::Status ran = RunUntil(stop, absl::InfiniteDuration(),
                                    [result, work = std::move(work)] { result->emplace(work()); });
  if (!ran.ok()) return ran;
  return **std::move(result);
}

}  // namespace proctor

#endif  // PROCTOR_CLIENT_LEFT_BEHIND_H_
