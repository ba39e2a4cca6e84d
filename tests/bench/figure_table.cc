#include "tests/bench/figure_table.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace proctor::bench {
namespace {

std::string Number(double value) {
  const double size = std::abs(value);
  return absl::StrFormat("%.*f", size >= 100 ? 0 : size >= 10 ? 1 : 2, value);
}

std::string Latency(absl::optional<absl::Duration> duration) {
  if (!duration.has_value()) return "";
  return absl::StrFormat("%.2f ms", absl::ToDoubleMilliseconds(*duration));
}

std::string Limit(const Figure& figure) {
  if (!figure.limit.has_value()) return "";
  return absl::StrCat(Number(*figure.limit), "  ", figure.limit_name);
}

std::string Target(const Figure& figure) {
  if (figure.target.empty()) return "";
  if (!figure.target_met.has_value()) return figure.target;
  return absl::StrCat(figure.target, *figure.target_met ? " (met)" : " (MISSED)");
}

std::string Line(const Figure& figure) {
  if (!figure.skipped.empty()) {
    return absl::StrFormat("  %-34s skipped: %s", figure.name, figure.skipped);
  }
  const absl::optional<double> ratio = figure.ratio();
  std::string line = absl::StrFormat(
      "  %-34s %9s %-7s %10s %10s  %6s  %-34s %s", figure.name, Number(figure.value), figure.unit,
      Latency(figure.p50), Latency(figure.p99),
      ratio.has_value() ? absl::StrFormat("%.2f", *ratio) : "", Limit(figure), Target(figure));
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

std::string FormatTable(absl::Span<const Figure> figures) {
  std::string text;
  std::string group;
  for (const Figure& figure : figures) {
    if (figure.group != group) {
      group = figure.group;
      absl::StrAppendFormat(&text, "\n%-36s %9s %-7s %10s %10s  %6s  %s\n", group, "", "", "p50",
                            "p99", "ratio", "limit in the same run");
    }
    absl::StrAppend(&text, Line(figure), "\n");
  }
  return text;
}

}  // namespace proctor::bench
