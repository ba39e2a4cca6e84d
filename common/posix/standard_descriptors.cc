#include "common/standard_descriptors.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <initializer_list>

namespace proctor {

void FillStandardDescriptors(MissingStream how) {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int unusable = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    // open(2) takes the lowest free number, which is this one.
    if (::open("/dev/null", how == MissingStream::kEmpty ? O_RDWR : unusable) != fd)
      std::_Exit(125);
  }
}

}  // namespace proctor
