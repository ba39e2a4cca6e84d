// spawn_tree COUNT END_FILE [LEAVE_FILE]: starts COUNT processes that stay until END_FILE exists,
// prints their pids and its own, one a line, then "ready"; stays as well, or exits when LEAVE_FILE
// exists.
// spawn_tree wait END_FILE: one of them.

#include <cstdlib>

#include "tests/programs/program.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments = proctor::Arguments(argc, argv);
  if (arguments.size() < 2) return 2;
  proctor::EndInTwoMinutes();
  if (arguments[0] == "wait") {
    proctor::AwaitFile(arguments[1]);
    return 0;
  }
  std::string text;
  for (int i = std::atoi(arguments[0].c_str()); i > 0; --i) {
    text += std::to_string(proctor::StartSelf({"wait", arguments[1]})) + "\n";
  }
  text += std::to_string(proctor::OwnPid()) + "\n";
  proctor::Print(text + "ready\n");
  proctor::AwaitFile(arguments.back());
  return 0;
}
