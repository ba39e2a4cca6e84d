#ifndef PROCTOR_COMMON_LINE_AGGREGATOR_H_
#define PROCTOR_COMMON_LINE_AGGREGATOR_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/log.h"
#include "common/mutex.h"

namespace proctor {

// Says which lines of a kind are written and which are only counted, so that whoever causes lines
// at will cannot fill the log. Of one kind and one subject (a user, an address) the first lines of
// a window are written. A kind has a bounded number of subjects; those beyond it share one count.
// Thread-safe.
class LineAggregator {
 public:
  struct Options {
    absl::Duration window = absl::Seconds(10);  // Zero: every line is written.
    size_t first_lines = 5;
    size_t max_subjects = 64;
  };
  struct Summary {
    LogLevel level;
    std::string text;  // "refused a call (uid 1000): … and 4,312 more like it in 10 s"
  };

  LineAggregator() = default;
  explicit LineAggregator(Options options) : options_(options) {}

  // Whether the line is to be written. `now` is a monotonic time.
  bool Admit(LogLevel level, absl::string_view kind, absl::string_view subject, absl::Duration now);

  // Ends the windows that are over at `now`, and tells what was left out in them.
  std::vector<Summary> TakeDue(absl::Duration now);
  // When the next window is over; infinite without one.
  absl::Duration NextEnd() const;

  // For windows that begin from now on.
  void SetWindow(absl::Duration window);

 private:
  struct Window {
    LogLevel level;
    absl::Duration length;
    absl::Duration end;
    size_t lines;
  };
  using Subjects = absl::flat_hash_map<std::string, Window>;

  mutable Mutex mutex_;
  Options options_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, Subjects> kinds_ ABSL_GUARDED_BY(mutex_);
  absl::Duration next_end_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteDuration();
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINE_AGGREGATOR_H_
