#include "tests/bench/raw_spawn.h"

#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "common/os_error.h"

namespace proctor::bench {
namespace {

// clone3 and, in the child, execve. The child never touches the stack it shares with its parent:
// what it needs is in registers.
long CloneAndExecute(clone_args* args, char* const* argv, char* const* envp) {
#if defined(__x86_64__)
  register char* const* r9 asm("r9") = argv;
  register char* const* r10 asm("r10") = envp;
  long result;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "mov (%%r9), %%rdi\n\t"
      "mov %%r9, %%rsi\n\t"
      "mov %%r10, %%rdx\n\t"
      "mov $59, %%eax\n\t"  // execve
      "syscall\n\t"
      "mov $127, %%edi\n\t"
      "mov $60, %%eax\n\t"  // exit
      "syscall\n"
      "1:"
      : "=a"(result)
      : "a"(SYS_clone3), "D"(args), "S"(sizeof(*args)), "r"(r9), "r"(r10)
      : "rcx", "r11", "memory", "cc");
  return result;
#elif defined(__aarch64__)
  register long x8 asm("x8") = SYS_clone3;
  register long x0 asm("x0") = reinterpret_cast<long>(args);
  register long x1 asm("x1") = sizeof(*args);
  register char* const* x9 asm("x9") = argv;
  register char* const* x10 asm("x10") = envp;
  asm volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "ldr x0, [x9]\n\t"
      "mov x1, x9\n\t"
      "mov x2, x10\n\t"
      "mov x8, #221\n\t"  // execve
      "svc 0\n\t"
      "mov x0, #127\n\t"
      "mov x8, #93\n\t"  // exit
      "svc 0\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x9), "r"(x10)
      : "x2", "memory", "cc");
  return x0;
#else
#error "write clone3 and execve for this processor"
#endif
}

}  // namespace

absl::StatusOr<RawProcess> RawSpawn(char* const* argv, int cgroup) {
  int pidfd = -1;
  clone_args args = {};
  args.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  args.pidfd = reinterpret_cast<__u64>(&pidfd);
  args.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<__u64>(cgroup);
  }
  const long pid = CloneAndExecute(&args, argv, environ);
  if (pid < 0) return OsErrorStatus("clone3", static_cast<int>(-pid));
  return RawProcess{static_cast<pid_t>(pid), UniqueFd(pidfd)};
}

absl::Status RawWait(const RawProcess& process) {
  siginfo_t info;
  while (::waitid(P_PIDFD, static_cast<id_t>(process.pidfd.get()), &info, WEXITED) != 0) {
    if (errno != EINTR) return OsErrorStatus("waitid", errno);
  }
  if (info.si_code != CLD_EXITED || info.si_status != 0) {
    return absl::InternalError("a program of the raw loop failed");
  }
  return absl::OkStatus();
}

}  // namespace proctor::bench
