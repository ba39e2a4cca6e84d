// A module of the name service whose daemon does not run, as winbind's and sssd's say it.

#include <nss.h>
#include <pwd.h>

#include <cerrno>
#include <cstddef>

extern "C" enum nss_status _nss_proctor_away_getpwnam_r(const char* /*name*/, passwd* /*result*/,
                                                        char* /*buffer*/, size_t /*size*/,
                                                        int* error) {
  *error = ENOENT;
  return NSS_STATUS_UNAVAIL;
}
