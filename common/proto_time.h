#ifndef PROCTOR_COMMON_PROTO_TIME_H_
#define PROCTOR_COMMON_PROTO_TIME_H_

#include <cstdint>

#include "absl/time/time.h"

namespace proctor {

// Conversions between Abseil's times and google.protobuf.Duration and Timestamp. Templates, so that
// this header needs neither protobuf runtime.

template <typename DurationProto>
absl::Duration FromDurationProto(const DurationProto& proto) {
  return absl::Seconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

template <typename DurationProto>
void SetDurationProto(absl::Duration duration, DurationProto* proto) {
  absl::Duration rest;
  proto->set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  proto->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

template <typename TimestampProto>
absl::Time FromTimestampProto(const TimestampProto& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

template <typename TimestampProto>
void SetTimestampProto(absl::Time time, TimestampProto* proto) {
  SetDurationProto(time - absl::UnixEpoch(), proto);
  if (proto->nanos() < 0) {  // A Timestamp counts its nanoseconds forward, also before 1970.
    proto->set_seconds(proto->seconds() - 1);
    proto->set_nanos(proto->nanos() + 1'000'000'000);
  }
}

}  // namespace proctor

#endif  // PROCTOR_COMMON_PROTO_TIME_H_
