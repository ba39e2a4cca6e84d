// libFuzzer's entry point: presented_ticket_fuzzer tests/fuzz/corpus/presented_ticket

#include "tests/fuzz/presented_ticket_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  proctor::FuzzPresentedTicket(data, size);
  return 0;
}
