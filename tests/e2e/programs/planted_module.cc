// What an attacker would like a privileged program to load: says that it was loaded.

#include <cstdio>
#include <cstdlib>

namespace {

struct Loaded {
  Loaded() {
    const char* path = std::getenv("PLANTED_MODULE_MARKER");
    if (path == nullptr) return;
    if (std::FILE* file = std::fopen(path, "w"); file != nullptr) std::fclose(file);
  }
} loaded;

}  // namespace
