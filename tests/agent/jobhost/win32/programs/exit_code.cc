// exit_code N: ends with that exit code.
#include <windows.h>

#include <cstdlib>

int main(int argc, char** argv) {
  ::ExitProcess(argc > 1 ? static_cast<UINT>(std::strtoul(argv[1], nullptr, 10)) : 0);
}
