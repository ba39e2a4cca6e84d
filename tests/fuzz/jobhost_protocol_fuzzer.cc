// libFuzzer's entry point: jobhost_protocol_fuzzer tests/fuzz/corpus/jobhost_protocol

#include "tests/fuzz/jobhost_protocol_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  proctor::FuzzJobHostProtocol(data, size);
  return 0;
}
