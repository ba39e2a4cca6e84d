#ifndef PROCTOR_CLIENT_REQUEST_ID_H_
#define PROCTOR_CLIENT_REQUEST_ID_H_

#include <string>

namespace proctor {

// 128 random bits from the operating system, as 32 hexadecimal digits.
std::string MakeRequestId();

}  // namespace proctor

#endif  // PROCTOR_CLIENT_REQUEST_ID_H_
