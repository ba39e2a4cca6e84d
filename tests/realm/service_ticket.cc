#include "tests/realm/service_ticket.h"

#include <krb5/krb5.h>

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace proctor {
namespace {

// DER, as RFC 4120 needs it.
std::string Element(int tag, const std::string& contents) {
  std::string length;
  for (size_t rest = contents.size(); rest > 0; rest >>= 8) {
    length.insert(length.begin(), static_cast<char>(rest));
  }
  if (contents.size() < 0x80) length = std::string(1, static_cast<char>(contents.size()));
  const std::string form =
      contents.size() < 0x80 ? "" : std::string(1, static_cast<char>(0x80 | length.size()));
  return absl::StrCat(std::string(1, static_cast<char>(tag)), form, length, contents);
}
std::string Field(int number, const std::string& contents) {
  return Element(0xa0 | number, contents);
}
std::string Sequence(const std::string& contents) { return Element(0x30, contents); }
std::string Octets(const std::string& bytes) { return Element(0x04, bytes); }
std::string Text(const std::string& text) { return Element(0x1b, text); }
std::string Integer(int value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift));
  while (bytes.size() > 1 && bytes[0] == 0 && (bytes[1] & 0x80) == 0) bytes.erase(0, 1);
  return Element(0x02, bytes);
}
std::string Time(absl::Time time) {
  return Element(0x18, absl::FormatTime("%Y%m%d%H%M%SZ", time, absl::UTCTimeZone()));
}
std::string Name(const std::vector<std::string>& components) {
  std::string parts;
  for (const std::string& component : components) parts += Text(component);
  return Sequence(Field(0, Integer(KRB5_NT_PRINCIPAL)) + Field(1, Sequence(parts)));
}
std::string AuthorizationData(int type, const std::string& data) {
  return Sequence(Sequence(Field(0, Integer(type)) + Field(1, Octets(data))));
}

std::string Bytes(const krb5_data& data) { return std::string(data.data, data.length); }
krb5_data Data(const std::string& bytes) {
  return {KV5M_DATA, static_cast<unsigned>(bytes.size()), const_cast<char*>(bytes.data())};
}
krb5_keyblock Key(const KeytabFileEntry& entry) {
  return {KV5M_KEYBLOCK, entry.enctype, static_cast<unsigned>(entry.key.size()),
          reinterpret_cast<krb5_octet*>(const_cast<char*>(entry.key.data()))};
}

class TicketWriter {
 public:
  explicit TicketWriter(const ServiceTicket& ticket) : ticket_(ticket) {}
  ~TicketWriter() {
    krb5_free_keyblock_contents(context_, &session_);
    krb5_free_principal(context_, client_);
    krb5_free_principal(context_, server_);
    krb5_free_context(context_);
  }
  TicketWriter(const TicketWriter&) = delete;
  TicketWriter& operator=(const TicketWriter&) = delete;

  krb5_error_code WriteTo(const std::string& cache);

 private:
  krb5_error_code Begin();
  krb5_error_code MakePac(std::string* pac) const;
  std::string EncryptedPart(const std::string& pac) const;
  krb5_error_code Encrypt(const std::string& plain, std::string* cipher) const;
  krb5_error_code Store(const std::string& cache, const std::string& encoded) const;

  const ServiceTicket& ticket_;
  const absl::Time begin_ = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  krb5_context context_ = nullptr;
  krb5_principal client_ = nullptr;
  krb5_principal server_ = nullptr;
  krb5_keyblock session_ = {};
};

krb5_error_code TicketWriter::Begin() {
  krb5_error_code code = krb5_init_context(&context_);
  const std::string& realm = ticket_.key.realm;
  if (code == 0) {
    code = krb5_parse_name(context_, absl::StrCat(ticket_.client, "@", realm).c_str(), &client_);
  }
  if (code == 0) {
    const std::string name = absl::StrJoin(ticket_.key.components, "/");
    code = krb5_parse_name(context_, absl::StrCat(name, "@", realm).c_str(), &server_);
  }
  return code == 0 ? krb5_c_make_random_key(context_, ENCTYPE_AES256_CTS_HMAC_SHA1_96, &session_)
                   : code;
}

krb5_error_code TicketWriter::MakePac(std::string* pac) const {
  const krb5_keyblock own = Key(ticket_.key);
  const krb5_keyblock& server = ticket_.pac_verifies ? own : session_;
  krb5_pac made = nullptr;
  krb5_error_code code = krb5_pac_init(context_, &made);
  if (code != 0) return code;
  const krb5_data info = Data(*ticket_.logon_info);
  krb5_data bytes = {};
  code = krb5_pac_add_buffer(context_, made, KRB5_PAC_LOGON_INFO, &info);
  if (code == 0) {
    code = krb5_pac_sign(context_, made, static_cast<krb5_timestamp>(absl::ToUnixSeconds(begin_)),
                         client_, &server, &session_, &bytes);
  }
  if (code == 0) *pac = Bytes(bytes);
  krb5_free_data_contents(context_, &bytes);
  krb5_pac_free(context_, made);
  return code;
}

std::string TicketWriter::EncryptedPart(const std::string& pac) const {
  const std::string key(reinterpret_cast<const char*>(session_.contents), session_.length);
  std::string fields =
      Field(0, Element(0x03, std::string("\0\0\0\0\0", 5))) +
      Field(1, Sequence(Field(0, Integer(session_.enctype)) + Field(1, Octets(key)))) +
      Field(2, Text(ticket_.key.realm)) + Field(3, Name({ticket_.client})) +
      Field(4, Sequence(Field(0, Integer(0)) + Field(1, Octets("")))) + Field(5, Time(begin_)) +
      Field(6, Time(begin_)) + Field(7, Time(begin_ + ticket_.life));
  if (!pac.empty()) {
    fields += Field(10, AuthorizationData(KRB5_AUTHDATA_IF_RELEVANT,
                                          AuthorizationData(KRB5_AUTHDATA_WIN2K_PAC, pac)));
  }
  return Element(0x63, Sequence(fields));
}

krb5_error_code TicketWriter::Encrypt(const std::string& plain, std::string* cipher) const {
  const krb5_keyblock key = Key(ticket_.key);
  size_t size = 0;
  krb5_error_code code = krb5_c_encrypt_length(context_, key.enctype, plain.size(), &size);
  if (code != 0) return code;
  cipher->resize(size);
  const krb5_data input = Data(plain);
  krb5_enc_data output = {};
  output.ciphertext = Data(*cipher);
  code = krb5_c_encrypt(context_, &key, KRB5_KEYUSAGE_KDC_REP_TICKET, nullptr, &input, &output);
  cipher->resize(output.ciphertext.length);
  return code;
}

krb5_error_code TicketWriter::Store(const std::string& cache, const std::string& encoded) const {
  krb5_creds creds = {};
  creds.client = client_;
  creds.server = server_;
  creds.keyblock = session_;
  creds.times.authtime = static_cast<krb5_timestamp>(absl::ToUnixSeconds(begin_));
  creds.times.starttime = creds.times.authtime;
  creds.times.endtime = static_cast<krb5_timestamp>(absl::ToUnixSeconds(begin_ + ticket_.life));
  creds.ticket = Data(encoded);
  if (ticket_.client_ahead != absl::ZeroDuration()) {
    const absl::Time clients = absl::Now() + ticket_.client_ahead;
    krb5_set_real_time(context_, static_cast<krb5_timestamp>(absl::ToUnixSeconds(clients)), 0);
  }
  krb5_ccache file = nullptr;
  krb5_error_code code = krb5_cc_resolve(context_, absl::StrCat("FILE:", cache).c_str(), &file);
  if (code != 0) return code;
  code = krb5_cc_initialize(context_, file, client_);
  if (code == 0) code = krb5_cc_store_cred(context_, file, &creds);
  krb5_cc_close(context_, file);
  return code;
}

krb5_error_code TicketWriter::WriteTo(const std::string& cache) {
  std::string pac;
  std::string cipher;
  krb5_error_code code = Begin();
  if (code == 0 && ticket_.logon_info.has_value()) code = MakePac(&pac);
  if (code == 0) code = Encrypt(EncryptedPart(pac), &cipher);
  if (code != 0) return code;
  const KeytabFileEntry& key = ticket_.key;
  const std::string encrypted =
      Sequence(Field(0, Integer(key.enctype)) + Field(1, Integer(static_cast<int>(key.kvno))) +
               Field(2, Octets(cipher)));
  return Store(cache,
               Element(0x61, Sequence(Field(0, Integer(5)) + Field(1, Text(key.realm)) +
                                      Field(2, Name(key.components)) + Field(3, encrypted))));
}

}  // namespace

absl::Status WriteTicketCache(const ServiceTicket& ticket, const std::string& cache) {
  const krb5_error_code code = TicketWriter(ticket).WriteTo(cache);
  if (code == 0) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("libkrb5 cannot write a ticket: error ", code));
}

}  // namespace proctor
