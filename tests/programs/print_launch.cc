// print_launch: prints its directory as "cwd PATH" and its environment as "env NAME=VALUE" lines.

#include "tests/programs/program.h"

int main() {
  proctor::Print("cwd " + proctor::WorkingDirectory() + "\n");
  for (const std::string& entry : proctor::EnvironmentEntries()) {
    proctor::Print("env " + entry + "\n");
  }
  return 0;
}
