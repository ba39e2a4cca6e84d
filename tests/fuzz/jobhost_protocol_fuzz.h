#ifndef PROCTOR_TESTS_FUZZ_JOBHOST_PROTOCOL_FUZZ_H_
#define PROCTOR_TESTS_FUZZ_JOBHOST_PROTOCOL_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace proctor {

// Takes bytes as messages to a job host, each of them after its length as two bytes, least
// significant first, and sends them to one that starts nothing. Aborts when what must hold for
// every input does not: nothing is done before a Hello that is answered, a job id is a possible
// file name and is queued once, and what the host answers can be read.
void FuzzJobHostProtocol(const uint8_t* data, size_t size);

}  // namespace proctor

#endif  // PROCTOR_TESTS_FUZZ_JOBHOST_PROTOCOL_FUZZ_H_
