#ifndef PROCTOR_TESTS_FUZZ_CONFIG_FUZZ_H_
#define PROCTOR_TESTS_FUZZ_CONFIG_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace proctor {

// Takes bytes as a configuration file and compiles its policy. Aborts when what must hold for every
// configuration does not: an error names the file and, where a value is wrong, the field; nobody
// who may not connect may launch; nobody acts for the superuser, for an administrator or for
// another without a rule; and what may be, could be.
void FuzzConfig(const uint8_t* data, size_t size);

}  // namespace proctor

#endif  // PROCTOR_TESTS_FUZZ_CONFIG_FUZZ_H_
