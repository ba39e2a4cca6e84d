#ifndef PROCTOR_COMMON_WIN32_OWN_ARGUMENTS_H_
#define PROCTOR_COMMON_WIN32_OWN_ARGUMENTS_H_

#include <string>
#include <vector>

namespace proctor {

// The arguments of this process without the program's name, as UTF-8: its command line is UTF-16,
// of which `argv` holds what the code page can say.
std::vector<std::string> OwnArguments();

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_OWN_ARGUMENTS_H_
