// mark_launch FILE TEXT [END_FILE]: appends a line to FILE and prints it; with END_FILE waits until
// that file exists. However often it was launched can be counted in FILE.

#include "tests/programs/program.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments = proctor::Arguments(argc, argv);
  if (arguments.size() < 2) return 2;
  proctor::EndInTwoMinutes();
  proctor::AppendLine(arguments[0], arguments[1]);
  proctor::Print(arguments[1] + "\n");
  if (arguments.size() > 2) proctor::AwaitFile(arguments[2]);
  return 0;
}
