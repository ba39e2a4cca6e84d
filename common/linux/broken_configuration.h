#ifndef PROCTOR_COMMON_LINUX_BROKEN_CONFIGURATION_H_
#define PROCTOR_COMMON_LINUX_BROKEN_CONFIGURATION_H_

#include <string>
#include <vector>

#include "common/linux/gss_library.h"

namespace proctor {

// The files that KRB5_CONFIG names, otherwise /etc/krb5.conf; without what they include.
std::vector<std::string> ConfigurationFiles();

// A configuration file that the Kerberos library cannot read, and why, in the library's words.
struct BrokenConfiguration {
  std::string file;
  std::string problem;
};

// Which of the files, and of those that they include, it is: the library says only that there is
// one. Both empty when all of them can be read, or it cannot be found out.
BrokenConfiguration FindBrokenConfiguration(const GssLibrary& gss);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_BROKEN_CONFIGURATION_H_
