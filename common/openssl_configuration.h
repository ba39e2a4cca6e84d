#ifndef PROCTOR_COMMON_OPENSSL_CONFIGURATION_H_
#define PROCTOR_COMMON_OPENSSL_CONFIGURATION_H_

namespace proctor {

// Keeps OpenSSL from reading a configuration file, which can name modules to load into the process:
// neither the file that OPENSSL_CONF names nor the one at the place that the library was built for
// counts. A main function calls it before anything else that could touch OpenSSL; ends the process
// when OpenSSL refuses.
void IgnoreOpensslConfiguration();

}  // namespace proctor

#endif  // PROCTOR_COMMON_OPENSSL_CONFIGURATION_H_
