#ifndef PROCTOR_TESTS_CONFORMANCE_SHA256_H_
#define PROCTOR_TESTS_CONFORMANCE_SHA256_H_

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace proctor {

class Sha256 {
 public:
  Sha256() : context_(::EVP_MD_CTX_new(), &::EVP_MD_CTX_free) {
    ::EVP_DigestInit_ex(context_.get(), ::EVP_sha256(), nullptr);
  }
  void Update(absl::string_view data) {
    ::EVP_DigestUpdate(context_.get(), data.data(), data.size());
  }
  // Once, at the end; binary.
  std::string Digest() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    ::EVP_DigestFinal_ex(context_.get(), digest, &size);
    return std::string(reinterpret_cast<char*>(digest), size);
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&::EVP_MD_CTX_free)> context_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CONFORMANCE_SHA256_H_
