// libFuzzer's entry point: handshake_fuzzer tests/fuzz/corpus/handshake

#include "tests/fuzz/handshake_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  proctor::FuzzHandshake(data, size);
  return 0;
}
