#ifndef PROCTOR_COMMON_DETACHED_THREAD_H_
#define PROCTOR_COMMON_DETACHED_THREAD_H_

#include <functional>

namespace proctor {

// Runs `work` on a thread that nobody joins: one that may hang in the system must not hold up who
// started it, nor the program's end. `work` owns all that it touches. Throws std::system_error when
// there can be no more threads.
//
// std::thread's detach is for nobody else: in winpthreads (of mingw-w64 10), one that comes after
// the thread has ended gives the thread's record to the next thread while the ended one still uses
// it.
void StartDetachedThread(std::function<void()> work);

}  // namespace proctor

#endif  // PROCTOR_COMMON_DETACHED_THREAD_H_
