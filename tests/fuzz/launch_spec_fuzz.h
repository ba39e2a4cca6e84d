#ifndef PROCTOR_TESTS_FUZZ_LAUNCH_SPEC_FUZZ_H_
#define PROCTOR_TESTS_FUZZ_LAUNCH_SPEC_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace proctor {

// Takes bytes as a serialised LaunchSpec, validates and identifies it. Aborts when what must hold
// for every input does not: a refusal names its field, a spec equals itself, and nothing that can
// be secret is left in the public part.
void FuzzLaunchSpec(const uint8_t* data, size_t size);

}  // namespace proctor

#endif  // PROCTOR_TESTS_FUZZ_LAUNCH_SPEC_FUZZ_H_
