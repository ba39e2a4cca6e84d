// Prints how many arguments and environment entries it was given, and their bytes:
// "ARGUMENTS BYTES ENTRIES BYTES".

#include <stdio.h>
#include <string.h>

int main(int argc, char** argv, char** envp) {
  size_t argument_bytes = 0;
  for (int i = 1; i < argc; ++i) argument_bytes += strlen(argv[i]);
  size_t entries = 0;
  size_t entry_bytes = 0;
  for (; envp[entries] != nullptr; ++entries) entry_bytes += strlen(envp[entries]);
  printf("%d %zu %zu %zu\n", argc - 1, argument_bytes, entries, entry_bytes);
  return 0;
}
