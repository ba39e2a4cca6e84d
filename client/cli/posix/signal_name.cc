#include "client/cli/signal_name.h"

#include <csignal>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"

namespace proctor::cli {
namespace {

// The kernel's real-time signals are 32 to 64; the C library keeps the first two for itself, and
// people name the rest from SIGRTMIN (34) on.
constexpr int kLastSignal = 64;

absl::optional<int> RealTimeSignal(absl::string_view name) {
  int offset = 0;
  if (absl::ConsumePrefix(&name, "RTMIN")) {
    if (name.empty()) return SIGRTMIN;
    if (absl::ConsumePrefix(&name, "+") && absl::SimpleAtoi(name, &offset) && offset >= 0 &&
        offset <= SIGRTMAX - SIGRTMIN) {
      return SIGRTMIN + offset;
    }
  } else if (absl::ConsumePrefix(&name, "RTMAX")) {
    if (name.empty()) return SIGRTMAX;
    if (absl::ConsumePrefix(&name, "-") && absl::SimpleAtoi(name, &offset) && offset >= 0 &&
        offset <= SIGRTMAX - SIGRTMIN) {
      return SIGRTMAX - offset;
    }
  }
  return absl::nullopt;
}

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
  for (int signal = 1; signal < SIGRTMIN; ++signal) {
    const char* candidate = ::sigabbrev_np(signal);
    if (candidate != nullptr && name == candidate) return signal;
  }
  if (name == "IOT") return SIGABRT;
  if (name == "CLD") return SIGCHLD;
  const absl::optional<int> real_time = RealTimeSignal(name);
  if (real_time.has_value()) return *real_time;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" is not a signal; write TERM, SIGINT or a number"));
}

std::string SignalName(int signal) {
  const char* name = ::sigabbrev_np(signal);
  if (name != nullptr) return absl::StrCat("SIG", name);
  if (signal == SIGRTMIN) return "SIGRTMIN";
  if (signal > SIGRTMIN && signal <= SIGRTMAX) {
    return absl::StrCat("SIGRTMIN+", signal - SIGRTMIN);
  }
  return absl::StrCat("signal ", signal);
}

}  // namespace proctor::cli
