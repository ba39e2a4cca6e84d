#include "agent/jobhost/linux/program_interpreter.h"

#include <elf.h>

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace proctor::jobhost {
namespace {

// As the kernel reads it (fs/binfmt_script.c): blanks, then the path up to a blank or the line's
// end. A carriage return belongs to the path.
std::string OfScript(absl::string_view head) {
  const size_t begin = head.find_first_not_of(" \t");
  if (begin == absl::string_view::npos) return std::string();
  head.remove_prefix(begin);
  return std::string(head.substr(0, head.find_first_of(absl::string_view(" \t\n\0", 4))));
}

template <typename T>
bool ReadAt(absl::string_view head, uint64_t offset, T* out) {
  if (offset > head.size() || sizeof(T) > head.size() - offset) return false;
  std::memcpy(out, head.data() + offset, sizeof(T));
  return true;
}

std::string OfElf(absl::string_view head) {
  Elf64_Ehdr header;
  if (!ReadAt(head, 0, &header) || header.e_ident[EI_CLASS] != ELFCLASS64) return std::string();
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (header.e_phoff > head.size() ||
        !ReadAt(head, header.e_phoff + i * sizeof(segment), &segment)) {
      break;
    }
    if (segment.p_type != PT_INTERP || segment.p_offset >= head.size()) continue;
    const absl::string_view path = head.substr(segment.p_offset, segment.p_filesz);
    return std::string(path.substr(0, path.find('\0')));
  }
  return std::string();
}

}  // namespace

std::string InterpreterOf(absl::string_view head) {
  if (absl::ConsumePrefix(&head, "#!")) return OfScript(head);
  if (absl::StartsWith(head, absl::string_view(ELFMAG, SELFMAG))) return OfElf(head);
  return std::string();
}

}  // namespace proctor::jobhost
