#include "tests/agent/caller/kerberos/logon_info_builder.h"

#include <cstddef>

namespace proctor {
namespace {

constexpr uint32_t kReferent = 0x00020000;

class NdrWriter {
 public:
  void U8(uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void U16(uint16_t value) { Number(value, 2); }
  void U32(uint32_t value) { Number(value, 4); }
  void Zeros(size_t count) { bytes_.append(count, '\0'); }
  void Pointer(bool set) { U32(set ? kReferent + 4 * ++pointers_ : 0); }

  void StringHeader(const std::u16string& text) {
    U16(static_cast<uint16_t>(2 * text.size()));
    U16(static_cast<uint16_t>(2 * text.size()));
    Pointer(true);
  }
  void String(const std::u16string& text, absl::optional<uint32_t> actual = absl::nullopt) {
    const uint32_t size = static_cast<uint32_t>(text.size());
    U32(size);
    U32(0);
    U32(actual.value_or(size));
    for (const char16_t unit : text) U16(unit);
  }
  void Sid(const LogonInfoBuilder::Sid& sid) {
    const uint32_t count = static_cast<uint32_t>(sid.sub_authorities.size());
    U32(sid.conformance.value_or(count));
    U8(sid.revision);
    U8(static_cast<uint8_t>(count));
    for (int shift = 40; shift >= 0; shift -= 8) U8(static_cast<uint8_t>(sid.authority >> shift));
    for (const uint32_t sub_authority : sid.sub_authorities) U32(sub_authority);
  }
  void Groups(const std::vector<LogonInfoBuilder::Group>& groups, uint32_t count) {
    U32(count);
    for (const LogonInfoBuilder::Group& group : groups) {
      U32(group.relative_id);
      U32(group.attributes);
    }
  }

  std::string Serialized() {
    Zeros((8 - bytes_.size() % 8) % 8);
    std::string headers("\x01\x10\x08\x00\xcc\xcc\xcc\xcc", 8);
    const uint32_t size = static_cast<uint32_t>(bytes_.size());
    for (int i = 0; i < 4; ++i) headers.push_back(static_cast<char>(size >> (8 * i)));
    return headers + std::string(4, '\0') + bytes_;
  }

 private:
  void Number(uint32_t value, size_t size) {
    Zeros((size - bytes_.size() % size) % size);
    for (size_t i = 0; i < size; ++i) U8(static_cast<uint8_t>(value >> (8 * i)));
  }

  std::string bytes_;
  uint32_t pointers_ = 0;
};

uint32_t Size(const auto& list) { return static_cast<uint32_t>(list.size()); }

}  // namespace

std::string LogonInfoBuilder::Build() const {
  NdrWriter ndr;
  ndr.Pointer(true);
  ndr.Zeros(6 * 8);
  ndr.StringHeader(account);
  for (int i = 0; i < 5; ++i) ndr.StringHeader(u"");
  ndr.Zeros(2 * 2);
  ndr.U32(user_id);
  ndr.U32(primary_group_id);
  ndr.U32(group_count.value_or(Size(groups)));
  ndr.Pointer(!groups.empty());
  ndr.U32(0x20);
  ndr.Zeros(16);
  ndr.StringHeader(u"DC");
  ndr.StringHeader(u"EXAMPLE");
  ndr.Pointer(domain.has_value());
  ndr.Zeros(2 * 4);
  ndr.U32(user_account_control);
  ndr.Zeros(4 + 2 * 8 + 4 + 4);
  ndr.U32(extra_count.value_or(Size(extra)));
  ndr.Pointer(!extra.empty());
  ndr.Pointer(resource_domain.has_value());
  ndr.U32(Size(resource_groups));
  ndr.Pointer(!resource_groups.empty());

  ndr.String(account, account_actual_count);
  for (int i = 0; i < 5; ++i) ndr.String(u"");
  if (!groups.empty()) ndr.Groups(groups, group_count.value_or(Size(groups)));
  ndr.String(u"DC");
  ndr.String(u"EXAMPLE");
  if (domain.has_value()) ndr.Sid(*domain);
  if (!extra.empty()) {
    ndr.U32(extra_count.value_or(Size(extra)));
    for (const ExtraSid& sid : extra) {
      ndr.Pointer(sid.sid.has_value());
      ndr.U32(sid.attributes);
    }
    for (const ExtraSid& sid : extra) {
      if (sid.sid.has_value()) ndr.Sid(*sid.sid);
    }
  }
  if (resource_domain.has_value()) ndr.Sid(*resource_domain);
  if (!resource_groups.empty()) ndr.Groups(resource_groups, Size(resource_groups));
  return ndr.Serialized();
}

}  // namespace proctor
