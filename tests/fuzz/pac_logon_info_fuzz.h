#ifndef PROCTOR_TESTS_FUZZ_PAC_LOGON_INFO_FUZZ_H_
#define PROCTOR_TESTS_FUZZ_PAC_LOGON_INFO_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace proctor {

// Takes bytes as a PAC's logon information. Aborts when what must hold for every input does not: a
// refusal is INVALID_ARGUMENT, what is told is well-formed SIDs and not more than the bound.
void FuzzPacLogonInfo(const uint8_t* data, size_t size);

}  // namespace proctor

#endif  // PROCTOR_TESTS_FUZZ_PAC_LOGON_INFO_FUZZ_H_
