#include "tests/realm/keytab_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace proctor {
namespace {

// https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html
constexpr absl::string_view kVersion("\x05\x02", 2);

// Big-endian numbers and counted strings; not ok() past the end.
class Reader {
 public:
  explicit Reader(absl::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  size_t remaining() const { return bytes_.size(); }

  absl::string_view Bytes(size_t count) {
    ok_ = ok_ && count <= bytes_.size();
    if (!ok_) return {};
    const absl::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  uint32_t Number(size_t size) {
    uint32_t value = 0;
    for (const char byte : Bytes(size)) value = value << 8 | static_cast<uint8_t>(byte);
    return value;
  }
  std::string Counted() { return std::string(Bytes(Number(2))); }

 private:
  absl::string_view bytes_;
  bool ok_ = true;
};

KeytabFileEntry ReadEntry(Reader* reader) {
  KeytabFileEntry entry;
  const uint32_t components = reader->Number(2);
  entry.realm = reader->Counted();
  for (uint32_t i = 0; i < components && reader->ok(); ++i) {
    entry.components.push_back(reader->Counted());
  }
  entry.name_type = reader->Number(4);
  entry.timestamp = reader->Number(4);
  entry.kvno = reader->Number(1);
  entry.enctype = static_cast<uint16_t>(reader->Number(2));
  entry.key = reader->Counted();
  if (reader->remaining() >= 4) entry.kvno = reader->Number(4);
  return entry;
}

std::string Number(uint32_t value, size_t size) {
  std::string bytes;
  for (size_t i = size; i > 0; --i) bytes.push_back(static_cast<char>(value >> (8 * (i - 1))));
  return bytes;
}

std::string Counted(const std::string& text) {
  return absl::StrCat(Number(static_cast<uint32_t>(text.size()), 2), text);
}

std::string WriteEntry(const KeytabFileEntry& entry) {
  std::string bytes =
      absl::StrCat(Number(static_cast<uint32_t>(entry.components.size()), 2), Counted(entry.realm));
  for (const std::string& component : entry.components) bytes += Counted(component);
  absl::StrAppend(&bytes, Number(entry.name_type, 4), Number(entry.timestamp, 4),
                  Number(entry.kvno & 0xff, 1), Number(entry.enctype, 2), Counted(entry.key),
                  Number(entry.kvno, 4));
  return absl::StrCat(Number(static_cast<uint32_t>(bytes.size()), 4), bytes);
}

}  // namespace

absl::StatusOr<std::vector<KeytabFileEntry>> ReadKeytabFile(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  Reader file(bytes);
  if (file.Bytes(kVersion.size()) != kVersion) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no keytab file"));
  }
  std::vector<KeytabFileEntry> entries;
  while (file.ok() && file.remaining() > 0) {
    const auto size = static_cast<int32_t>(file.Number(4));
    Reader entry(file.Bytes(static_cast<size_t>(size < 0 ? -size : size)));
    if (size > 0) entries.push_back(ReadEntry(&entry));
    if (!entry.ok()) return absl::InvalidArgumentError(absl::StrCat(path, " is cut off"));
  }
  if (!file.ok()) return absl::InvalidArgumentError(absl::StrCat(path, " is cut off"));
  return entries;
}

absl::Status WriteKeytabFile(const std::string& path, const std::vector<KeytabFileEntry>& entries) {
  std::ofstream stream(path, std::ios::binary | std::ios::trunc);
  stream << kVersion;
  for (const KeytabFileEntry& entry : entries) stream << WriteEntry(entry);
  stream.close();
  if (!stream.good() || ::chmod(path.c_str(), 0600) != 0) {
    return absl::ErrnoToStatus(errno, path);
  }
  return absl::OkStatus();
}

}  // namespace proctor
