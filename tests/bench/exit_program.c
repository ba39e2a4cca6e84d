// A static program of a few instructions: exit_group(0).

void _start(void) {
#if defined(__x86_64__)
  __asm__ volatile("xor %%edi, %%edi\n\tmov $231, %%eax\n\tsyscall" ::: "rdi", "rax");
#elif defined(__aarch64__)
  __asm__ volatile("mov x0, xzr\n\tmov x8, #94\n\tsvc 0" ::: "x0", "x8");
#else
#error "write exit_group(0) for this processor"
#endif
  __builtin_unreachable();
}
