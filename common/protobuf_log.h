#ifndef PROCTOR_COMMON_PROTOBUF_LOG_H_
#define PROCTOR_COMMON_PROTOBUF_LOG_H_

#include <google/protobuf/stubs/logging.h>

namespace proctor {

// The library writes a line to standard error about each message that it cannot parse, and whoever
// sends such messages decides how many there are. What cannot be parsed is an error of the call or
// connection, and told there. In main, before the first message.
inline void SilenceProtobuf() { google::protobuf::SetLogHandler(nullptr); }

}  // namespace proctor

#endif  // PROCTOR_COMMON_PROTOBUF_LOG_H_
