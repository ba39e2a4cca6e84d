// libFuzzer's entry point: pac_logon_info_fuzzer tests/fuzz/corpus/pac_logon_info

#include "tests/fuzz/pac_logon_info_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  proctor::FuzzPacLogonInfo(data, size);
  return 0;
}
