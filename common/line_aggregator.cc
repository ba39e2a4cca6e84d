#include "common/line_aggregator.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

constexpr absl::string_view kOthers = "others";

// 4312 as "4,312".
std::string Grouped(size_t number) {
  std::string digits = absl::StrCat(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

}  // namespace

bool LineAggregator::Admit(LogLevel level, absl::string_view kind, absl::string_view subject,
                           absl::Duration now) {
  MutexLock lock(&mutex_);
  if (options_.window <= absl::ZeroDuration()) return true;
  Subjects& subjects = kinds_[kind];
  auto found = subjects.find(subject);
  if (found == subjects.end()) {
    if (subjects.size() >= options_.max_subjects) subject = kOthers;
    found = subjects.try_emplace(subject, Window{level, options_.window, now + options_.window, 0})
                .first;
    next_end_ = std::min(next_end_, found->second.end);
  }
  return ++found->second.lines <= options_.first_lines;
}

std::vector<LineAggregator::Summary> LineAggregator::TakeDue(absl::Duration now) {
  std::vector<Summary> due;
  MutexLock lock(&mutex_);
  if (now < next_end_) return due;
  next_end_ = absl::InfiniteDuration();
  for (auto kind = kinds_.begin(); kind != kinds_.end();) {
    Subjects& subjects = kind->second;
    for (auto at = subjects.begin(); at != subjects.end();) {
      const Window& window = at->second;
      if (window.end > now) {
        next_end_ = std::min(next_end_, window.end);
        ++at;
        continue;
      }
      if (window.lines > options_.first_lines) {
        due.push_back({window.level, absl::StrCat(kind->first, " (", at->first, "): … and ",
                                                  Grouped(window.lines - options_.first_lines),
                                                  " more like it in ",
                                                  absl::ToInt64Seconds(window.length), " s")});
      }
      subjects.erase(at++);
    }
    if (subjects.empty()) {
      kinds_.erase(kind++);
    } else {
      ++kind;
    }
  }
  return due;
}

absl::Duration LineAggregator::NextEnd() const {
  MutexLock lock(&mutex_);
  return next_end_;
}

void LineAggregator::SetWindow(absl::Duration window) {
  MutexLock lock(&mutex_);
  options_.window = window;
}

}  // namespace proctor
