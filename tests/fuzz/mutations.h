#ifndef PROCTOR_TESTS_FUZZ_MUTATIONS_H_
#define PROCTOR_TESTS_FUZZ_MUTATIONS_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace proctor {

// Calls `fuzz` with every file of a directory below tests/fuzz/corpus and with 2,000 mutations of
// each, the same ones every time. The number of files.
int FuzzCorpus(const std::string& directory, void (*fuzz)(const uint8_t* data, size_t size));

}  // namespace proctor

#endif  // PROCTOR_TESTS_FUZZ_MUTATIONS_H_
