#include "common/realm_check.h"

namespace proctor {
namespace {

// Windows has its own programs for all of it.
class WindowsRealmCheck final : public RealmCheck {
 public:
  explicit WindowsRealmCheck(const std::string& service) : service_(service) {}
  void Run() override {}
  std::vector<RealmFinding> findings() const override {
    return {{"service asked for", service_, ""},
            {"Windows' own programs",
             "klist (tickets), klist get " + service_ +
                 ", nltest /dsgetdc:DOMAIN (domain controller), w32tm /query /status (clock)",
             ""}};
  }

 private:
  const std::string service_;
};

}  // namespace

std::shared_ptr<RealmCheck> MakeRealmCheck(const std::string& service) {
  return std::make_shared<WindowsRealmCheck>(service);
}

std::vector<RealmFinding> CheckAcceptor(const NegotiateAcceptorOptions& options) {
  return {{"service principal", options.service_principal, ""},
          {"Windows' own programs", "setspn -Q " + options.service_principal, ""}};
}

}  // namespace proctor
