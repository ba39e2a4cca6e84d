#include "client/cli/signal_name.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace proctor::cli {
namespace {

// The API numbers signals as Linux does, and an agent may well run there.
constexpr const char* kNames[] = {
    "",     "HUP",  "INT",  "QUIT", "ILL",    "TRAP",   "ABRT",  "BUS",  "FPE",  "KILL", "USR1",
    "SEGV", "USR2", "PIPE", "ALRM", "TERM",   "STKFLT", "CHLD",  "CONT", "STOP", "TSTP", "TTIN",
    "TTOU", "URG",  "XCPU", "XFSZ", "VTALRM", "PROF",   "WINCH", "POLL", "PWR",  "SYS"};
constexpr int kLastNamed = 31;
constexpr int kLastSignal = 64;

}  // namespace

absl::StatusOr<int> ParseSignalName(absl::string_view text) {
  int number = 0;
  if (absl::SimpleAtoi(text, &number)) {
    if (number >= 1 && number <= kLastSignal) return number;
    return absl::InvalidArgumentError(
        absl::StrCat("signal ", number, " is out of range, 1 to ", kLastSignal));
  }
  const std::string upper = absl::AsciiStrToUpper(text);
  absl::string_view name = upper;
  absl::ConsumePrefix(&name, "SIG");
  for (int signal = 1; signal <= kLastNamed; ++signal) {
    if (name == kNames[signal]) return signal;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is not a signal; write TERM, SIGINT or a number"));
}

std::string SignalName(int signal) {
  if (signal >= 1 && signal <= kLastNamed) return absl::StrCat("SIG", kNames[signal]);
  return absl::StrCat("signal ", signal);
}

}  // namespace proctor::cli
