#ifndef PROCTOR_CLIENT_SESSION_KEEPER_H_
#define PROCTOR_CLIENT_SESSION_KEEPER_H_

#include <stop_token>
#include <thread>

#include "client/session_holder.h"

namespace proctor {

// Renews a session in time, as long as it lives, without a call that needs one: an agent closes the
// connection of calls that have outlived their session for long, and ends the jobs of Runs with it.
// A renewal that fails (no new ticket yet) is tried again every minute.
class SessionKeeper {
 public:
  // `sessions` must outlive it.
  explicit SessionKeeper(SessionHolder* sessions);
  ~SessionKeeper();
  SessionKeeper(const SessionKeeper&) = delete;
  SessionKeeper& operator=(const SessionKeeper&) = delete;

 private:
  void Keep(const std::stop_token& stop) const;

  SessionHolder* const sessions_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_KEEPER_H_
