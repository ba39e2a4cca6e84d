#include "common/standard_descriptors.h"

#include <windows.h>

#include <initializer_list>

namespace proctor {

// What a parent that does not hand over its streams leaves in this process's parameters are the
// values of its own handles.
void FillStandardDescriptors(MissingStream) {
  for (const DWORD stream : {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE}) {
    ::SetLastError(NO_ERROR);
    const bool named =
        ::GetFileType(::GetStdHandle(stream)) != FILE_TYPE_UNKNOWN || ::GetLastError() == NO_ERROR;
    if (!named) ::SetStdHandle(stream, nullptr);
  }
}

}  // namespace proctor
