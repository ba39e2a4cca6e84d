#include "agent/jobhost/linux/vfork_stack.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "agent/jobhost/linux/raw_syscall.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

constexpr size_t kGuardBytes = 4096;
constexpr size_t kStackBytes = 64 * 1024;

// The child comes back from the system call on another stack, where there is no frame to return to:
// it goes straight into `entry`, which never returns.
long CloneInto(const clone_args* args, void (*entry)(SpawnPlan*), SpawnPlan* plan) {
#if defined(__x86_64__)
  long result;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %[plan], %%rdi\n\t"
      "call *%[entry]\n\t"
      "ud2\n"
      "1:"
      : "=a"(result)
      : "a"(SYS_clone3), "D"(args), "S"(sizeof(*args)), [entry] "r"(entry), [plan] "r"(plan)
      : "rcx", "r11", "memory", "cc");
  return result;
#elif defined(__aarch64__)
  register long x8 asm("x8") = SYS_clone3;
  register long x0 asm("x0") = reinterpret_cast<long>(args);
  register long x1 asm("x1") = sizeof(*args);
  asm volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, %[plan]\n\t"
      "blr %[entry]\n\t"
      "brk 0\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), [entry] "r"(entry), [plan] "r"(plan)
      : "x30", "memory", "cc");
  return x0;
#endif
}

void Enter(SpawnPlan* plan) { RunSpawnChild(plan); }

}  // namespace

absl::StatusOr<VforkStack> VforkStack::Create() {
  void* base = ::mmap(nullptr, kGuardBytes + kStackBytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return OsErrorStatus("mmap", errno, "stack");
  if (::mprotect(base, kGuardBytes, PROT_NONE) != 0) {
    const int error = errno;
    ::munmap(base, kGuardBytes + kStackBytes);
    return OsErrorStatus("mprotect", error, "stack");
  }
  return VforkStack(base);
}

VforkStack::VforkStack(VforkStack&& other) noexcept : base_(std::exchange(other.base_, nullptr)) {}

VforkStack::~VforkStack() {
  if (base_ != nullptr) ::munmap(base_, kGuardBytes + kStackBytes);
}

long VforkStack::Spawn(SpawnPlan* plan, pid_t* child, int cgroup_fd, int* pidfd) const {
  clone_args args = {};
  args.flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PARENT_SETTID | CLONE_CLEAR_SIGHAND;
  if (cgroup_fd >= 0) {
    args.flags |= CLONE_INTO_CGROUP;
    args.cgroup = static_cast<__u64>(cgroup_fd);
  }
  if (pidfd != nullptr) {
    args.flags |= CLONE_PIDFD;
    args.pidfd = reinterpret_cast<__u64>(pidfd);
  }
  args.parent_tid = reinterpret_cast<__u64>(child);
  args.exit_signal = SIGCHLD;
  args.stack = reinterpret_cast<__u64>(base_) + kGuardBytes;
  args.stack_size = kStackBytes;
  // Also the two signals that the C library keeps for itself: a handler of the host must not run in
  // the child before the dispositions are reset.
  const uint64_t all = ~0ULL;
  uint64_t before = 0;
  RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&all), Arg(&before), sizeof(all));
  const long result = CloneInto(&args, &Enter, plan);
  RawSyscall(SYS_rt_sigprocmask, SIG_SETMASK, Arg(&before), 0, sizeof(before));
  return result;
}

}  // namespace proctor::jobhost
