#include "common/linux/sealed_memfd.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "common/os_error.h"

namespace proctor {
namespace {

// Not F_SEAL_WRITE: the kernel then waits for whoever holds a page, also for itself, and refuses
// with EBUSY when that takes too long (mm/memfd.c, memfd_wait_for_pins). What that seal has
// besides, the end of mappings that may be written to, is nothing here: there is none.
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE;

}  // namespace

absl::StatusOr<UniqueFd> SealedMemfd(const char* name, const std::string& bytes) {
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.valid()) return OsErrorStatus("memfd_create", errno);
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(fd.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OsErrorStatus("write", errno, name);
    done += static_cast<size_t>(n);
  }
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return OsErrorStatus("fcntl F_ADD_SEALS", errno);
  return fd;
}

}  // namespace proctor
