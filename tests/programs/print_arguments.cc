// print_arguments WORD…: prints its arguments, a NUL byte behind each.

#include "tests/programs/program.h"

int main(int argc, char** argv) {
  for (const std::string& word : proctor::Arguments(argc, argv)) proctor::Print(word + '\0');
  return 0;
}
