#ifndef PROCTOR_TESTS_PROGRAMS_PROGRAM_H_
#define PROCTOR_TESTS_PROGRAMS_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace proctor {

// What the programs that tests launch need of their system. A program that cannot do what it is for
// exits with 3; text is UTF-8.

// Those behind the program's own name.
std::vector<std::string> Arguments(int argc, char** argv);
// NAME=VALUE each.
std::vector<std::string> EnvironmentEntries();
std::string WorkingDirectory();

enum class Stream { kOutput = 1, kError = 2 };

// All of it, byte for byte.
void Write(Stream stream, const char* data, size_t size);
inline void Print(const std::string& text) { Write(Stream::kOutput, text.data(), text.size()); }
// Of standard input; 0 at its end.
size_t ReadInput(char* data, size_t size);

// Adds a line that no other process' line gets mixed up with.
void AppendLine(const std::string& path, const std::string& line);
bool FileExists(const std::string& path);

int64_t OwnPid();
// This program once more, with the same standard streams. Its pid.
int64_t StartSelf(const std::vector<std::string>& arguments);

// A request is SIGTERM, SIGINT or SIGHUP; on Windows Ctrl-Break, Ctrl-C or the closing of the
// console. Without it they end the program.
void OnRequestToEnd(void (*handler)());
[[noreturn]] void ExitNow(int code);

// Nothing that tests start lives for ever.
void EndInTwoMinutes();
// Returns when `end_file` exists.
void AwaitFile(const std::string& end_file);

}  // namespace proctor

#endif  // PROCTOR_TESTS_PROGRAMS_PROGRAM_H_
