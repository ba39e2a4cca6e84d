#ifndef PROCTOR_TESTS_BENCH_TLS_CONNECT_H_
#define PROCTOR_TESTS_BENCH_TLS_CONNECT_H_

#include "absl/status/status.h"

namespace proctor::bench {

// One connection to a port of the loopback interface: TCP, a full TLS handshake that trusts
// whatever comes, and the end of it.
absl::Status ConnectTls(int port);

}  // namespace proctor::bench

#endif  // PROCTOR_TESTS_BENCH_TLS_CONNECT_H_
