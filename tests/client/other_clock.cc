// Preloaded into a program: its clock is PROCTOR_OTHER_CLOCK_SECONDS ahead of the machine's.

#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>

#include <cstdlib>

namespace {

time_t Offset() {
  const char* seconds = std::getenv("PROCTOR_OTHER_CLOCK_SECONDS");
  return seconds == nullptr ? 0 : std::strtol(seconds, nullptr, 10);
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  static const auto next =
      reinterpret_cast<int (*)(clockid_t, timespec*)>(::dlsym(RTLD_NEXT, "clock_gettime"));
  const int failed = next(clock, now);
  if (failed == 0 && clock == CLOCK_REALTIME) now->tv_sec += Offset();
  return failed;
}

int gettimeofday(timeval* now, void*) noexcept {
  timespec precise = {};
  const int failed = clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return failed;
}

time_t time(time_t* result) noexcept {
  timespec precise = {};
  clock_gettime(CLOCK_REALTIME, &precise);
  if (result != nullptr) *result = precise.tv_sec;
  return precise.tv_sec;
}
}
