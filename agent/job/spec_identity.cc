#include "agent/job/spec_identity.h"

#include <google/protobuf/util/message_differencer.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/erase_secret.h"

namespace proctor {
namespace {

constexpr size_t kDigestBytes = 32;

// Length first, so that no two lists of values have the same encoding.
void AppendPrefixed(absl::string_view value, std::string* out) {
  const uint64_t size = value.size();
  for (int shift = 56; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((size >> shift) & 0xff));
  }
  out->append(value.data(), value.size());
}

// What UpdateJob changes, as it was asked for: the record that a repeated launch is compared with
// may say something else by then. Empty for a spec that leaves all of it out.
std::string EncodeChangeable(const v1::LaunchSpec& spec) {
  std::string encoded;
  if (spec.labels().empty() && !spec.has_retention() && spec.share_with().empty()) return encoded;
  const std::map<absl::string_view, absl::string_view> labels(spec.labels().begin(),
                                                              spec.labels().end());
  AppendPrefixed(absl::StrCat(labels.size()), &encoded);
  for (const auto& [name, value] : labels) {
    AppendPrefixed(name, &encoded);
    AppendPrefixed(value, &encoded);
  }
  AppendPrefixed(spec.has_retention()
                     ? absl::StrCat(spec.retention().seconds(), ".", spec.retention().nanos())
                     : "",
                 &encoded);
  for (const v1::AccessGrant& grant : spec.share_with()) {
    AppendPrefixed(absl::StrCat(grant.trustee_case()), &encoded);
    AppendPrefixed(grant.has_user() ? grant.user() : grant.group(), &encoded);
    AppendPrefixed(absl::StrJoin(grant.rights(), ","), &encoded);
  }
  return encoded;
}

std::string EncodeSecrets(const v1::LaunchSpec& spec) {
  std::map<absl::string_view, absl::string_view> variables;
  const std::string changeable = EncodeChangeable(spec);
  size_t size = 8 + spec.standard_input().data().size() + 16 + changeable.size();
  for (const auto& [name, value] : spec.environment().variables()) {
    variables.emplace(name, value);
    size += 16 + name.size() + value.size();
  }
  for (const std::string& variable : spec.byte_strings().environment()) {
    size += 17 + variable.size();
  }
  std::string encoded;
  encoded.reserve(size);  // No reallocation leaves a copy behind that is not cleared.
  // Stdin first: what follows is then a list of pairs, whatever stdin holds.
  AppendPrefixed(spec.standard_input().data(), &encoded);
  for (const auto& [name, value] : variables) {
    AppendPrefixed(name, &encoded);
    AppendPrefixed(value, &encoded);
  }
  for (const std::string& variable : spec.byte_strings().environment()) {
    AppendPrefixed("=", &encoded);  // No variable has this name.
    AppendPrefixed(variable, &encoded);
  }
  if (!changeable.empty()) {
    AppendPrefixed("", &encoded);  // No variable has this name.
    AppendPrefixed(changeable, &encoded);
  }
  return encoded;
}

// Empty when OpenSSL cannot; such a digest equals no other (SameSpec).
std::string HmacSha256(absl::string_view key, absl::string_view data) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (::HMAC(::EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(data.data()), data.size(), digest,
             &size) == nullptr) {
    return std::string();
  }
  return std::string(reinterpret_cast<const char*>(digest), size);
}

// clear() would keep the buffer, with the secret in it, for as long as the spec lives.
void Forget(std::string* secret) {
  EraseSecret(secret);
  secret->shrink_to_fit();
}

}  // namespace

v1::LaunchSpec PublicSpec(const v1::LaunchSpec& spec) {
  v1::LaunchSpec result = spec;
  if (result.has_environment()) {
    for (auto& variable : *result.mutable_environment()->mutable_variables()) {
      Forget(&variable.second);
    }
  }
  for (int i = 0; i < result.byte_strings().environment_size(); ++i) {
    std::string* const variable = result.mutable_byte_strings()->mutable_environment(i);
    std::string name = variable->substr(0, variable->find('=') + 1);
    Forget(variable);
    *variable = std::move(name);
  }
  if (!result.standard_input().data().empty()) {
    Forget(result.mutable_standard_input()->mutable_data());
    result.mutable_standard_input()->clear_data();
  }
  return result;
}

SpecIdentity IdentifySpec(const v1::LaunchSpec& spec, absl::string_view key) {
  SpecIdentity identity;
  std::string secrets = EncodeSecrets(spec);
  identity.secret_digest = HmacSha256(key, secrets);
  ::OPENSSL_cleanse(secrets.data(), secrets.size());
  identity.public_spec = PublicSpec(spec);
  return identity;
}

bool SameSpec(const SpecIdentity& a, const SpecIdentity& b) {
  if (a.secret_digest.size() != kDigestBytes || b.secret_digest.size() != kDigestBytes) {
    return false;
  }
  if (::CRYPTO_memcmp(a.secret_digest.data(), b.secret_digest.data(), kDigestBytes) != 0) {
    return false;
  }
  // What can have been changed since is compared by the digest.
  google::protobuf::util::MessageDifferencer differencer;
  for (const char* field : {"labels", "retention", "share_with"}) {
    differencer.IgnoreField(v1::LaunchSpec::descriptor()->FindFieldByName(field));
  }
  return differencer.Compare(a.public_spec, b.public_spec);
}

}  // namespace proctor
