#include "common/linux/presented_ticket.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/strip.h"
#include "common/linux/gss_handles.h"
#include "common/linux/kerberos_handles.h"
#include "common/linux/kerberos_names.h"

namespace proctor {
namespace {

// Tags (X.690): constructed ones of the application and context classes, and universal ones.
constexpr uint8_t Application(int number) { return static_cast<uint8_t>(0x60 | number); }
constexpr uint8_t Context(int number) { return static_cast<uint8_t>(0xa0 | number); }
constexpr uint8_t kOctetString = 0x04;
constexpr uint8_t kObjectIdentifier = 0x06;
constexpr uint8_t kSequence = 0x30;

constexpr uint8_t kInitialToken = Application(0);  // RFC 2743, 3.1
constexpr uint8_t kApReq = Application(14);        // RFC 4120, 5.5.1
constexpr uint8_t kTicket = Application(1);        // RFC 4120, 5.3
constexpr absl::string_view kApReqTokenId("\x01\x00", 2);

struct Element {
  uint8_t tag = 0;
  absl::string_view whole;
  absl::string_view contents;
};

// Takes the first element off `bytes`. Absent where DER's lengths do not fit into it.
absl::optional<Element> TakeElement(absl::string_view* bytes) {
  constexpr size_t kMaxLengthBytes = 4;
  constexpr uint8_t kLongForm = 0x80;
  if (bytes->size() < 2) return absl::nullopt;
  size_t header = 2;
  size_t length = static_cast<uint8_t>((*bytes)[1]);
  if (length >= kLongForm) {
    const size_t count = length - kLongForm;
    if (count == 0 || count > kMaxLengthBytes || bytes->size() < header + count) {
      return absl::nullopt;
    }
    length = 0;
    for (; header < 2 + count; ++header) {
      length = length << 8 | static_cast<uint8_t>((*bytes)[header]);
    }
  }
  if (length > bytes->size() - header) return absl::nullopt;
  Element element = {static_cast<uint8_t>((*bytes)[0]), bytes->substr(0, header + length),
                     bytes->substr(header, length)};
  bytes->remove_prefix(header + length);
  return element;
}

// The first element in `bytes` that has the tag, of those that stand there side by side. An empty
// one (tag 0) without.
Element Find(absl::string_view bytes, uint8_t tag) {
  while (absl::optional<Element> element = TakeElement(&bytes)) {
    if (element->tag == tag) return *element;
  }
  return Element();
}

absl::string_view Bytes(gss_OID oid) {
  return {static_cast<const char*>(oid->elements), oid->length};
}

// `token` is what RFC 2743's framing names a mechanism for.
absl::string_view TicketInKerberosToken(absl::string_view token) {
  absl::string_view body = Find(token, kInitialToken).contents;
  const absl::optional<Element> mechanism = TakeElement(&body);
  if (!mechanism.has_value() || mechanism->tag != kObjectIdentifier ||
      mechanism->contents != Bytes(KerberosMechanism()) ||
      !absl::ConsumePrefix(&body, kApReqTokenId)) {
    return {};
  }
  const absl::string_view fields = Find(Find(body, kApReq).contents, kSequence).contents;
  return Find(Find(fields, Context(3)).contents, kTicket).whole;
}

// Of NegTokenInit and NegTokenResp alike, [2] is the mechanism's own token.
absl::string_view MechanismTokenOf(absl::string_view negotiation) {
  const absl::string_view fields = Find(negotiation, kSequence).contents;
  return Find(Find(fields, Context(2)).contents, kOctetString).contents;
}

}  // namespace

absl::string_view TicketInToken(absl::string_view token) {
  if (const Element response = Find(token, Context(1)); response.tag != 0) {
    return TicketInKerberosToken(MechanismTokenOf(response.contents));
  }
  absl::string_view body = Find(token, kInitialToken).contents;
  const absl::optional<Element> mechanism = TakeElement(&body);
  if (mechanism.has_value() && mechanism->contents == Bytes(SpnegoMechanism())) {
    return TicketInKerberosToken(MechanismTokenOf(Find(body, Context(0)).contents));
  }
  return TicketInKerberosToken(token);
}

absl::optional<PresentedTicket> ReadPresentedTicket(const GssLibrary& gss, krb5_context context,
                                                    absl::string_view token) {
  const absl::string_view bytes = TicketInToken(token);
  krb5_data encoded = {};
  encoded.length = static_cast<unsigned>(bytes.size());
  encoded.data = const_cast<char*>(bytes.data());
  KerberosTicket ticket(&gss, context);
  if (bytes.empty() || gss.krb5_decode_ticket(&encoded, ticket.receive()) != 0) {
    return absl::nullopt;
  }
  const std::string name = NameOfPrincipal(gss, context, ticket.get()->server);
  if (name.empty()) return absl::nullopt;
  const krb5_enc_data& sealed = ticket.get()->enc_part;
  return PresentedTicket{name, sealed.kvno, sealed.enctype};
}

}  // namespace proctor
