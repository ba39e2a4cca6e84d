// say {out|err} TEXT…: prints the texts one after the other, each as a line of the stream before
// it.

#include "tests/programs/program.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments = proctor::Arguments(argc, argv);
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const std::string line = arguments[i + 1] + "\n";
    const bool out = arguments[i] == "out";
    proctor::Write(out ? proctor::Stream::kOutput : proctor::Stream::kError, line.data(),
                   line.size());
  }
  return 0;
}
