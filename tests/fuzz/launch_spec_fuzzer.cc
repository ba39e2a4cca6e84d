// libFuzzer's entry point: launch_spec_fuzzer tests/fuzz/corpus/launch_spec

#include "tests/fuzz/launch_spec_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  proctor::FuzzLaunchSpec(data, size);
  return 0;
}
