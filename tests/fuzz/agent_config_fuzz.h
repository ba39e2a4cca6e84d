#ifndef PROCTOR_TESTS_FUZZ_AGENT_CONFIG_FUZZ_H_
#define PROCTOR_TESTS_FUZZ_AGENT_CONFIG_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace proctor {

// Takes bytes as the agent's configuration, its policy included. Aborts when what must hold for
// every input does not: a refusal is INVALID_ARGUMENT and names the file, and what is accepted is
// accepted again, and means the same, after it was printed. Of a policy: nobody who may not connect
// may launch; nobody acts for the superuser, for an administrator, or for another without a rule.
void FuzzAgentConfig(const uint8_t* data, size_t size);

}  // namespace proctor

#endif  // PROCTOR_TESTS_FUZZ_AGENT_CONFIG_FUZZ_H_
