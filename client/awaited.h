#ifndef PROCTOR_CLIENT_AWAITED_H_
#define PROCTOR_CLIENT_AWAITED_H_

#include <functional>
#include <stop_token>
#include <string>

#include "absl/status/status.h"

namespace proctor {

// What the opening of a session waits for at the moment.
struct Awaited {
  std::string what;   // For people: "the KDC of EXAMPLE.COM".
  absl::Status late;  // What a call ends with that cannot wait any longer.
  // A person is asked (for a password): how long that takes is nobody's fault.
  bool person = false;
};

// May be called on any thread.
using OnAwaiting = std::function<void(Awaited)>;

// Of the opening of a session, which nobody may wait for any more.
struct OpeningTerms {
  std::stop_token stop;
  OnAwaiting on_awaiting;  // Not empty.
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_AWAITED_H_
