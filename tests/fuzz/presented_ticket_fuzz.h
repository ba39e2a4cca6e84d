#ifndef PROCTOR_TESTS_FUZZ_PRESENTED_TICKET_FUZZ_H_
#define PROCTOR_TESTS_FUZZ_PRESENTED_TICKET_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace proctor {

// Takes bytes as a client's token. Aborts when what is found there is no part of it, or does not
// begin as a ticket does.
void FuzzPresentedTicket(const uint8_t* data, size_t size);

}  // namespace proctor

#endif  // PROCTOR_TESTS_FUZZ_PRESENTED_TICKET_FUZZ_H_
