// libFuzzer's entry point: config_fuzzer tests/fuzz/corpus/config

#include "tests/fuzz/config_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  proctor::FuzzConfig(data, size);
  return 0;
}
