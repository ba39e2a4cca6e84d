// exit_with CODE

#include <stdlib.h>

int main(int argc, char** argv) {
  return argc > 1 ? static_cast<int>(strtoul(argv[1], nullptr, 10)) : 0;
}
