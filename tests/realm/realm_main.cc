// realm_main [-r REALM] [-a ADDRESS] [-u NAME:PASSWORD]… [-m NAME:ACCOUNT]… [-s SPN]…
//
// Starts a realm, prints its environment as lines KEY=VALUE and then an empty line; ends it at the
// end of standard input. For tests that are not C++. Beside the environment: REALM,
// REALM_DIRECTORY, a line CCACHE_<NAME> for each -u (with a ticket in it) and KEYTAB_<SPN> for each
// -s. Exits with 77 when there are no KDC programs.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/realm/test_realm.h"

namespace proctor {
namespace {

struct Wishes {
  RealmOptions realm;
  std::vector<std::pair<std::string, std::string>> users;
  std::vector<std::pair<std::string, std::string>> accounts;
  std::vector<std::string> services;
};

[[noreturn]] void Usage() {
  std::fprintf(stderr,
               "usage: realm_main [-r REALM] [-a ADDRESS] [-u NAME:PASSWORD]... "
               "[-m NAME:ACCOUNT]... [-s SPN]...\n");
  std::exit(2);
}

Wishes Parse(int argc, char** argv) {
  Wishes wishes;
  int option;
  while ((option = ::getopt(argc, argv, "r:a:u:m:s:")) != -1) {
    switch (option) {
      case 'r':
        wishes.realm.name = optarg;
        break;
      case 'a':
        wishes.realm.address = optarg;
        break;
      case 'u':
        wishes.users.push_back(absl::StrSplit(optarg, absl::MaxSplits(':', 1)));
        break;
      case 'm':
        wishes.accounts.push_back(absl::StrSplit(optarg, absl::MaxSplits(':', 1)));
        break;
      case 's':
        wishes.services.emplace_back(optarg);
        break;
      default:
        Usage();
    }
  }
  if (optind != argc) Usage();
  if (wishes.accounts.empty()) return wishes;
  std::vector<std::string>& section = wishes.realm.realm_section;
  section.emplace_back("auth_to_local_names = {");
  for (const auto& [principal, account] : wishes.accounts) {
    section.push_back(absl::StrCat("  ", principal, " = ", account));
  }
  section.emplace_back("}");
  return wishes;
}

absl::Status Run(const Wishes& wishes) {
  absl::StatusOr<std::unique_ptr<TestRealm>> realm = TestRealm::Create(wishes.realm);
  if (!realm.ok()) return realm.status();
  std::string answer;
  for (const auto& [name, value] : (*realm)->Environment()) {
    absl::StrAppend(&answer, name, "=", value, "\n");
  }
  absl::StrAppend(&answer, "KRB5_KDC_PROFILE=", (*realm)->File("kdc.conf"), "\n");
  absl::StrAppend(&answer, "REALM=", (*realm)->name(), "\n");
  absl::StrAppend(&answer, "REALM_DIRECTORY=", (*realm)->directory(), "\n");
  for (const auto& [name, password] : wishes.users) {
    const std::string ccache = (*realm)->File(absl::StrCat(name, ".ccache"));
    absl::Status status = (*realm)->AddPrincipal(name, password);
    if (status.ok()) status = (*realm)->Kinit(name, ccache);
    if (!status.ok()) return status;
    absl::StrAppend(&answer, "CCACHE_", name, "=", ccache, "\n");
  }
  for (const std::string& spn : wishes.services) {
    const absl::StatusOr<std::string> keytab = (*realm)->AddService(spn);
    if (!keytab.ok()) return keytab.status();
    absl::StrAppend(&answer, "KEYTAB_", spn, "=", *keytab, "\n");
  }
  std::printf("%s\n", answer.c_str());
  std::fflush(stdout);
  char buffer[256];
  while (::read(STDIN_FILENO, buffer, sizeof(buffer)) > 0) {
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace proctor

int main(int argc, char** argv) {
  const proctor::Wishes wishes = proctor::Parse(argc, argv);
  const std::string missing = proctor::TestRealm::WhatIsMissing();
  if (!missing.empty()) {
    std::fprintf(stderr, "realm_main: needs %s\n", missing.c_str());
    return 77;
  }
  const absl::Status status = proctor::Run(wishes);
  if (status.ok()) return 0;
  std::fprintf(stderr, "realm_main: %s\n", status.ToString().c_str());
  return 1;
}
