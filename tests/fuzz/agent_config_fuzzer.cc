// libFuzzer's entry point: agent_config_fuzzer tests/fuzz/corpus/agent_config

#include "tests/fuzz/agent_config_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  proctor::FuzzAgentConfig(data, size);
  return 0;
}
