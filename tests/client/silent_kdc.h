#ifndef PROCTOR_TESTS_CLIENT_SILENT_KDC_H_
#define PROCTOR_TESTS_CLIENT_SILENT_KDC_H_

#include "common/unique_fd.h"

namespace proctor {

// A port of 127.0.0.1 that takes what it is sent, over UDP and TCP, and never answers: a key
// distribution centre behind a firewall that drops packets.
class SilentKdc {
 public:
  SilentKdc();
  int port() const { return port_; }
  // Waits until somebody has asked over UDP; false after ten seconds.
  bool AwaitRequest() const;

 private:
  UniqueFd tcp_;
  UniqueFd udp_;
  int port_ = 0;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CLIENT_SILENT_KDC_H_
