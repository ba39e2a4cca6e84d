#include "agent/caller/kerberos/pac_logon_info.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "agent/caller/kerberos/ndr_reader.h"

namespace proctor {
namespace {

constexpr size_t kFileTimeSize = 8;
constexpr size_t kSessionKeySize = 16;
constexpr uint8_t kSidRevision = 1;
constexpr uint8_t kMaxSubAuthorities = 15;
// MS-PAC 2.2.1: of a membership.
constexpr uint32_t kGroupEnabled = 0x4;
constexpr uint32_t kGroupUseForDenyOnly = 0x10;
// MS-SAMR 2.2.1.12: trust accounts of domains, workstations and servers.
constexpr uint32_t kTrustAccounts = 0x40 | 0x80 | 0x100;
// MS-DTYP 2.4.2.4: Domain Computers, Domain Controllers, Read-only Domain Controllers.
constexpr uint32_t kComputerGroups[] = {515, 516, 521};

// Pointers are what NDR calls unique: the data of one that is not zero follows later, in order.
struct StringHeader {
  uint16_t length = 0;  // Bytes.
  uint32_t pointer = 0;
};

struct Membership {
  uint32_t relative_id = 0;
  uint32_t attributes = 0;
};

struct Sid {
  std::string text;
  uint8_t sub_authorities = 0;

  bool CanBeDomain() const { return sub_authorities > 0 && sub_authorities < kMaxSubAuthorities; }
  std::string Of(uint32_t relative_id) const { return absl::StrCat(text, "-", relative_id); }
};

struct ExtraSid {
  uint32_t pointer = 0;
  uint32_t attributes = 0;
};

absl::Status Malformed(absl::string_view member) {
  return absl::InvalidArgumentError(absl::StrCat("PAC logon information: ", member));
}

bool Counts(uint32_t attributes) {
  return (attributes & kGroupEnabled) != 0 && (attributes & kGroupUseForDenyOnly) == 0;
}

bool IsOfComputers(uint32_t relative_id) {
  return std::find(std::begin(kComputerGroups), std::end(kComputerGroups), relative_id) !=
         std::end(kComputerGroups);
}

// The members of KERB_VALIDATION_INFO in the order in which they lie in the buffer.
class LogonInfoDecoder {
 public:
  explicit LogonInfoDecoder(absl::string_view bytes) : ndr_(NdrReader::OfSerializedType(bytes)) {}

  absl::StatusOr<PacLogonInfo> Decode();

 private:
  void ReadFixedPart();
  absl::Status ReadDeferredPart();
  absl::StatusOr<PacLogonInfo> Describe() const;
  bool IsComputer() const;

  StringHeader ReadStringHeader();
  // The data behind a pointer; nothing for a null one.
  bool ReadString(const StringHeader& header);
  bool ReadMemberships(uint32_t pointer, uint32_t count, std::vector<Membership>* memberships);
  bool ReadDomainSid(uint32_t pointer, Sid* sid);
  bool ReadSid(Sid* sid);
  bool ReadExtraSids();

  NdrReader ndr_;

  StringHeader first_strings_[6];
  uint32_t user_id_ = 0;
  uint32_t primary_group_id_ = 0;
  uint32_t group_count_ = 0;
  uint32_t groups_pointer_ = 0;
  StringHeader logon_server_;
  StringHeader logon_domain_;
  uint32_t domain_pointer_ = 0;
  uint32_t user_account_control_ = 0;
  uint32_t extra_count_ = 0;
  uint32_t extra_pointer_ = 0;
  uint32_t resource_domain_pointer_ = 0;
  uint32_t resource_count_ = 0;
  uint32_t resource_pointer_ = 0;

  std::vector<Membership> groups_;
  Sid domain_;
  std::vector<std::pair<Sid, uint32_t>> extra_;  // With their attributes.
  Sid resource_domain_;
  std::vector<Membership> resource_groups_;
};

StringHeader LogonInfoDecoder::ReadStringHeader() {
  StringHeader header;
  header.length = ndr_.U16();
  ndr_.U16();  // MaximumLength.
  header.pointer = ndr_.U32();
  return header;
}

void LogonInfoDecoder::ReadFixedPart() {
  ndr_.Skip(6 * kFileTimeSize);  // From LogonTime to PasswordMustChange.
  for (StringHeader& header : first_strings_) header = ReadStringHeader();
  ndr_.U16();  // LogonCount.
  ndr_.U16();  // BadPasswordCount.
  user_id_ = ndr_.U32();
  primary_group_id_ = ndr_.U32();  // Among the groups as well.
  group_count_ = ndr_.U32();
  groups_pointer_ = ndr_.U32();
  ndr_.U32();  // UserFlags.
  ndr_.Skip(kSessionKeySize);
  logon_server_ = ReadStringHeader();
  logon_domain_ = ReadStringHeader();
  domain_pointer_ = ndr_.U32();
  ndr_.Skip(2 * 4);  // Reserved1.
  user_account_control_ = ndr_.U32();
  ndr_.U32();  // SubAuthStatus.
  ndr_.Skip(2 * kFileTimeSize);
  ndr_.U32();  // FailedILogonCount.
  ndr_.U32();  // Reserved3.
  extra_count_ = ndr_.U32();
  extra_pointer_ = ndr_.U32();
  resource_domain_pointer_ = ndr_.U32();
  resource_count_ = ndr_.U32();
  resource_pointer_ = ndr_.U32();
}

// A conformant and varying array of UTF-16 units, which nobody here needs to read.
bool LogonInfoDecoder::ReadString(const StringHeader& header) {
  if (header.pointer == 0) return header.length == 0;
  const uint32_t maximum = ndr_.U32();
  const uint32_t offset = ndr_.U32();
  const uint32_t actual = ndr_.U32();
  if (offset != 0 || actual > maximum || actual != header.length / 2) return false;
  ndr_.Skip(size_t{actual} * 2);
  return ndr_.ok();
}

bool LogonInfoDecoder::ReadMemberships(uint32_t pointer, uint32_t count,
                                       std::vector<Membership>* memberships) {
  if (pointer == 0) return count == 0;
  if (ndr_.U32() != count || count > kMaxPacGroups) return false;
  for (uint32_t i = 0; i < count && ndr_.ok(); ++i) {
    Membership& membership = memberships->emplace_back();
    membership.relative_id = ndr_.U32();
    membership.attributes = ndr_.U32();
  }
  return ndr_.ok();
}

// RPC_SID, a conformant structure: the length of its array comes first (MS-DTYP 2.4.2.3).
bool LogonInfoDecoder::ReadSid(Sid* sid) {
  const uint32_t conformance = ndr_.U32();
  const uint8_t revision = ndr_.U8();
  sid->sub_authorities = ndr_.U8();
  uint64_t authority = 0;
  for (int i = 0; i < 6; ++i) authority = authority << 8 | ndr_.U8();  // Most significant first.
  if (!ndr_.ok() || revision != kSidRevision || conformance != sid->sub_authorities ||
      sid->sub_authorities > kMaxSubAuthorities) {
    return false;
  }
  // MS-DTYP 2.4.2.1.
  sid->text = authority >> 32 == 0 ? absl::StrCat("S-1-", authority)
                                   : absl::StrCat("S-1-0x", absl::Hex(authority, absl::kZeroPad12));
  for (int i = 0; i < sid->sub_authorities; ++i) absl::StrAppend(&sid->text, "-", ndr_.U32());
  return ndr_.ok();
}

bool LogonInfoDecoder::ReadDomainSid(uint32_t pointer, Sid* sid) {
  return pointer == 0 || (ReadSid(sid) && sid->CanBeDomain());
}

bool LogonInfoDecoder::ReadExtraSids() {
  if (extra_pointer_ == 0) return extra_count_ == 0;
  if (ndr_.U32() != extra_count_ || extra_count_ > kMaxPacGroups) return false;
  std::vector<ExtraSid> headers;
  for (uint32_t i = 0; i < extra_count_ && ndr_.ok(); ++i) {
    ExtraSid& header = headers.emplace_back();
    header.pointer = ndr_.U32();
    header.attributes = ndr_.U32();
  }
  for (const ExtraSid& header : headers) {
    Sid sid;
    if (header.pointer == 0 || !ReadSid(&sid)) return false;
    extra_.emplace_back(std::move(sid), header.attributes);
  }
  return ndr_.ok();
}

absl::Status LogonInfoDecoder::ReadDeferredPart() {
  for (const StringHeader& header : first_strings_) {
    if (!ReadString(header)) return Malformed("a name");
  }
  if (!ReadMemberships(groups_pointer_, group_count_, &groups_)) return Malformed("GroupIds");
  if (!ReadString(logon_server_)) return Malformed("LogonServer");
  if (!ReadString(logon_domain_)) return Malformed("LogonDomainName");
  if (!ReadDomainSid(domain_pointer_, &domain_)) return Malformed("LogonDomainId");
  if (!ReadExtraSids()) return Malformed("ExtraSids");
  if (!ReadDomainSid(resource_domain_pointer_, &resource_domain_)) {
    return Malformed("ResourceGroupDomainSid");
  }
  if (!ReadMemberships(resource_pointer_, resource_count_, &resource_groups_)) {
    return Malformed("ResourceGroupIds");
  }
  return absl::OkStatus();
}

// Whatever the memberships' attributes are: nobody is less of a computer by them.
bool LogonInfoDecoder::IsComputer() const {
  return (user_account_control_ & kTrustAccounts) != 0 || IsOfComputers(primary_group_id_) ||
         std::any_of(groups_.begin(), groups_.end(),
                     [](const Membership& group) { return IsOfComputers(group.relative_id); });
}

absl::StatusOr<PacLogonInfo> LogonInfoDecoder::Describe() const {
  if (!groups_.empty() && domain_.text.empty()) return Malformed("GroupIds without LogonDomainId");
  if (!resource_groups_.empty() && resource_domain_.text.empty()) {
    return Malformed("ResourceGroupIds without ResourceGroupDomainSid");
  }
  PacLogonInfo info;
  info.is_computer = IsComputer();
  std::vector<std::string> sids;
  for (const Membership& group : groups_) {
    if (Counts(group.attributes)) sids.push_back(domain_.Of(group.relative_id));
  }
  // A user of no domain of its own (UserId 0) is the first of the extra SIDs.
  const bool user_is_extra = user_id_ == 0;
  if (user_is_extra ? extra_.empty() : domain_.text.empty()) return Malformed("no user SID");
  info.user_sid = user_is_extra ? extra_.front().first.text : domain_.Of(user_id_);
  for (size_t i = user_is_extra ? 1 : 0; i < extra_.size(); ++i) {
    if (Counts(extra_[i].second)) sids.push_back(extra_[i].first.text);
  }
  for (const Membership& group : resource_groups_) {
    if (Counts(group.attributes)) sids.push_back(resource_domain_.Of(group.relative_id));
  }
  std::unordered_set<std::string> seen;
  for (std::string& sid : sids) {
    if (seen.insert(sid).second) info.group_sids.push_back(std::move(sid));
  }
  if (info.group_sids.size() > kMaxPacGroups) return Malformed("more groups than a token can hold");
  return info;
}

absl::StatusOr<PacLogonInfo> LogonInfoDecoder::Decode() {
  if (!ndr_.ok()) return Malformed("the serialisation header");
  if (ndr_.U32() == 0) return Malformed("there is none");
  ReadFixedPart();
  if (!ndr_.ok()) return Malformed("it is cut off");
  const absl::Status deferred = ReadDeferredPart();
  if (!deferred.ok()) return deferred;
  return Describe();
}

}  // namespace

absl::StatusOr<PacLogonInfo> DecodePacLogonInfo(absl::string_view bytes) {
  return LogonInfoDecoder(bytes).Decode();
}

}  // namespace proctor
