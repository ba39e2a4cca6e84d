#ifndef PROCTOR_COMMON_STANDARD_DESCRIPTORS_H_
#define PROCTOR_COMMON_STANDARD_DESCRIPTORS_H_

namespace proctor {

// What stands in for a standard stream that the program's parent left closed.
enum class MissingStream {
  kEmpty,     // Nothing to read, and what is written goes nowhere.
  kUnusable,  // Reading and writing fail, as on the closed descriptor: EBADF.
};

// Fills descriptors 0, 1 and 2 where they are closed: else a file or a connection of ours would get
// the number, and what is written to standard error would be written into it. Each program calls
// this before its other constructors: gRPC's open descriptors. It ends the process when it fails.
// On Windows a standard handle that names nothing becomes none, since a later handle may get its
// value.
void FillStandardDescriptors(MissingStream how);

}  // namespace proctor

// Calls FillStandardDescriptors before the constructors of static objects; once in a program.
#define PROCTOR_FILL_STANDARD_DESCRIPTORS(how)                         \
  namespace {                                                          \
  [[gnu::constructor(101)]] void FillStandardDescriptorsFirst() {      \
    ::proctor::FillStandardDescriptors(::proctor::MissingStream::how); \
  }                                                                    \
  }

#endif  // PROCTOR_COMMON_STANDARD_DESCRIPTORS_H_
