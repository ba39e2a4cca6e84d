#ifndef PROCTOR_COMMON_REALM_CHECK_H_
#define PROCTOR_COMMON_REALM_CHECK_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/negotiate_context.h"

namespace proctor {

// One thing that was looked at, of all that Kerberos needs.
struct RealmFinding {
  std::string what;    // "credentials"
  std::string value;   // "alice@EXAMPLE.COM, until …, forwardable"
  std::string advice;  // What to do; empty where nothing is wrong.
  bool good() const { return advice.empty(); }
};

// What an error says, with its advice.
RealmFinding FailedFinding(std::string what, const absl::Status& failed);

// What a caller has to get to one service, in the order in which it is needed: configuration,
// credentials, key distribution centres, clock, ticket. Asks for a new ticket, which is kept
// nowhere, so that the key distribution centres show that they answer. Thread-safe.
class RealmCheck {
 public:
  virtual ~RealmCheck() = default;

  // Blocks as long as the security library does; does no more after the first that is wrong.
  virtual void Run() = 0;
  // What was found so far, also while Run goes on: then a key distribution centre that was asked
  // has not answered.
  virtual std::vector<RealmFinding> findings() const = 0;
};

// `service`: "proctor/host.example.com".
std::shared_ptr<RealmCheck> MakeRealmCheck(const std::string& service);

// What the agent accepts with: configuration, keytab, the keys of the service principal, the other
// names in it. Asks nobody.
std::vector<RealmFinding> CheckAcceptor(const NegotiateAcceptorOptions& options);

// A line for each, which begins with one of the marks, and what to do in a line of its own.
std::string FindingsText(const std::vector<RealmFinding>& findings, absl::string_view good_mark,
                         absl::string_view bad_mark);

}  // namespace proctor

#endif  // PROCTOR_COMMON_REALM_CHECK_H_
