#include "tests/realm/test_realm.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/secure_random.h"
#include "common/unique_fd.h"

namespace proctor {
namespace {

constexpr std::chrono::seconds kStartTimeout{20};

sockaddr_in SocketAddress(const std::string& address, int port) {
  sockaddr_in result = {};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<uint16_t>(port));
  ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

// A port that nobody listens on now.
int FreePort(const std::string& address) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in own = SocketAddress(address, 0);
  socklen_t size = sizeof(own);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&own), size) != 0 ||
      ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) {
    return -1;
  }
  return ntohs(own.sin_port);
}

std::string RandomPassword() { return absl::BytesToHexString(SecureRandomBytes(16)); }

absl::Status NotExpected(const std::string& what, const FinishedProgram& program) {
  return absl::InternalError(
      absl::StrCat(what, ": exit code ", program.exit_code, ": ", program.output));
}

}  // namespace

std::string TestRealm::WhatIsMissing() {
  for (const char* program : {"krb5kdc", "kdb5_util", "kadmin.local", "kinit"}) {
    if (FindProgram(program).empty()) {
      return absl::StrCat("an MIT KDC: there is no ", program,
                          " (packages krb5-kdc, krb5-admin-server, krb5-user)");
    }
  }
  return "";
}

absl::StatusOr<std::unique_ptr<TestRealm>> TestRealm::Create(RealmOptions options) {
  std::unique_ptr<TestRealm> realm(new TestRealm(std::move(options)));
  const absl::Status made = realm->Initialise();
  if (!made.ok()) return made;
  return realm;
}

TestRealm::~TestRealm() {
  StopKdc();
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

absl::Status TestRealm::Initialise() {
  const std::filesystem::path parent = options_.parent_directory.empty()
                                           ? std::filesystem::temp_directory_path()
                                           : std::filesystem::path(options_.parent_directory);
  std::string path = parent / "proctor-realm-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) return absl::ErrnoToStatus(errno, "mkdtemp");
  directory_ = path;
  if (::chmod(directory_.c_str(), 0755) != 0) return absl::ErrnoToStatus(errno, "chmod");
  port_ = FreePort(options_.address);
  if (port_ < 0) return absl::ErrnoToStatus(errno, absl::StrCat("bind to ", options_.address));
  absl::Status status = WriteConfiguration();
  if (!status.ok()) return status;
  status = Administrate({"kdb5_util", "create", "-s", "-W", "-P", RandomPassword()}).status();
  if (!status.ok()) return status;
  return StartKdc();
}

absl::Status TestRealm::WriteFile(const std::string& name, const std::string& text,
                                  int mode) const {
  // In place of the old one at once: a program may be reading it.
  const std::string path = File(name);
  const std::string draft = path + ".new";
  {
    const UniqueFd fd(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        ::fchmod(fd.get(), static_cast<mode_t>(mode)) != 0) {
      return absl::ErrnoToStatus(errno, draft);
    }
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) return absl::ErrnoToStatus(errno, path);
  return absl::OkStatus();
}

absl::Status TestRealm::WriteConfiguration() const {
  const std::string kdc = absl::StrCat(options_.address, ":", port_);
  std::string client = absl::StrCat(
      "[libdefaults]\n"
      "  default_realm = ",
      options_.name,
      "\n"
      "  dns_lookup_realm = false\n"
      "  dns_lookup_kdc = false\n"
      "  dns_canonicalize_hostname = false\n"
      "  rdns = false\n"
      "  qualify_shortname = \"\"\n"
      "  udp_preference_limit = 1\n"
      "  default_ccache_name = FILE:",
      directory_,
      "/no-ccache-%{uid}\n"
      "  default_keytab_name = FILE:",
      directory_, "/no-keytab\n");
  for (const std::string& line : options_.libdefaults) absl::StrAppend(&client, "  ", line, "\n");
  absl::StrAppend(&client, "[realms]\n  ", options_.name, " = {\n    kdc = ", kdc, "\n");
  for (const std::string& line : options_.realm_section) {
    absl::StrAppend(&client, "    ", line, "\n");
  }
  absl::StrAppend(&client, "  }\n");
  for (const auto& [name, address] : trusted_) {
    absl::StrAppend(&client, "  ", name, " = {\n    kdc = ", address, "\n  }\n");
  }
  const absl::Status written = WriteFile("krb5.conf", client, 0644);
  if (!written.ok()) return written;
  return WriteFile("kdc.conf",
                   absl::StrCat("[kdcdefaults]\n"
                                "  kdc_listen = ",
                                kdc,
                                "\n"
                                "  kdc_tcp_listen = ",
                                kdc,
                                "\n"
                                "[realms]\n  ",
                                options_.name,
                                " = {\n"
                                "    database_name = ",
                                directory_,
                                "/principal\n"
                                "    key_stash_file = ",
                                directory_,
                                "/stash\n"
                                "    acl_file = ",
                                directory_,
                                "/kadm5.acl\n"
                                "    max_life = 24h\n"
                                "    max_renewable_life = 7d\n"
                                "    default_principal_flags = +forwardable, +renewable\n"
                                "  }\n"
                                "[logging]\n"
                                "  kdc = FILE:",
                                directory_,
                                "/kdc.log\n"
                                "  admin_server = FILE:",
                                directory_,
                                "/kadmin.log\n"
                                "  default = FILE:",
                                directory_, "/krb5.log\n"),
                   0600);
}

ProgramEnvironment TestRealm::Environment() const {
  return {{"KRB5_CONFIG", File("krb5.conf")},
          {"KRB5RCACHENAME", absl::StrCat("file2:", File("replay"))}};
}

ProgramEnvironment TestRealm::ClientEnvironment(const std::string& ccache) const {
  ProgramEnvironment environment = Environment();
  environment["KRB5CCNAME"] = absl::StrCat("FILE:", ccache);
  return environment;
}

ProgramEnvironment TestRealm::AcceptorEnvironment(const std::string& keytab) const {
  ProgramEnvironment environment = Environment();
  environment["KRB5_KTNAME"] = absl::StrCat("FILE:", keytab);
  return environment;
}

ProgramEnvironment TestRealm::KdcEnvironment() const {
  ProgramEnvironment environment = Environment();
  environment["KRB5_KDC_PROFILE"] = File("kdc.conf");
  return environment;
}

absl::StatusOr<std::string> TestRealm::Administrate(const std::vector<std::string>& words) const {
  std::vector<std::string> argv = {words[0], "-r", options_.name};
  argv.insert(argv.end(), words.begin() + 1, words.end());
  absl::StatusOr<FinishedProgram> program = RunProgram(argv, KdcEnvironment());
  if (!program.ok()) return program.status();
  if (program->exit_code != 0) return NotExpected(absl::StrCat(words[0], " ", words[1]), *program);
  return program->output;
}

absl::Status TestRealm::AddPrincipal(const std::string& name, const std::string& password) {
  passwords_[name] = password;
  return Administrate({"kadmin.local", "addprinc", "-pw", password, name}).status();
}

std::string TestRealm::KeytabOf(const std::string& spn) const {
  return absl::StrCat(directory_, "/", absl::StrReplaceAll(spn, {{"/", "_"}}), ".keytab");
}

absl::StatusOr<std::string> TestRealm::AddService(const std::string& spn) {
  absl::Status status = Administrate({"kadmin.local", "addprinc", "-randkey", spn}).status();
  if (status.ok()) status = NewKey(spn);
  if (!status.ok()) return status;
  return KeytabOf(spn);
}

absl::StatusOr<std::string> TestRealm::AddAccount(const std::vector<std::string>& names) {
  const std::string password = RandomPassword();
  const std::string keytab = KeytabOf(names.front());
  for (const std::string& name : names) {
    // With a salt that is the realm's name alone, one password is one key for all of them.
    absl::Status status = Administrate({"kadmin.local", "addprinc", "-pw", password, "-e",
                                        "aes256-cts-hmac-sha1-96:onlyrealm", name})
                              .status();
    if (status.ok()) {
      status = Administrate({"kadmin.local", "ktadd", "-norandkey", "-k", keytab, name}).status();
    }
    if (!status.ok()) return status;
  }
  return keytab;
}

absl::Status TestRealm::NewKey(const std::string& spn) {
  return Administrate({"kadmin.local", "ktadd", "-k", KeytabOf(spn), spn}).status();
}

absl::Status TestRealm::ForgetOldKeys(const std::string& spn) {
  return Administrate({"kadmin.local", "ktrem", "-k", KeytabOf(spn), spn, "old"}).status();
}

absl::Status TestRealm::Modify(const std::string& principal, const std::string& change) {
  return Administrate({"kadmin.local", "modprinc", change, principal}).status();
}

absl::Status TestRealm::Trust(TestRealm& other) {
  const std::string password = RandomPassword();
  for (TestRealm* realm : {this, &other}) {
    for (const std::string& principal : {absl::StrCat("krbtgt/", other.name(), "@", name()),
                                         absl::StrCat("krbtgt/", name(), "@", other.name())}) {
      const absl::Status added =
          realm->Administrate({"kadmin.local", "addprinc", "-pw", password, principal}).status();
      if (!added.ok()) return added;
    }
  }
  trusted_[other.name()] = absl::StrCat(other.options_.address, ":", other.port_);
  other.trusted_[name()] = absl::StrCat(options_.address, ":", port_);
  for (TestRealm* realm : {this, &other}) {
    realm->StopKdc();
    absl::Status status = realm->WriteConfiguration();
    if (status.ok()) status = realm->StartKdc();
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status TestRealm::Kinit(const std::string& principal, const std::string& ccache,
                              const KinitOptions& options) const {
  const auto password = passwords_.find(principal);
  if (password == passwords_.end()) {
    return absl::InvalidArgumentError(absl::StrCat("no principal ", principal, " was added"));
  }
  const absl::StatusOr<FinishedProgram> program =
      RunProgram({"kinit", "-c", absl::StrCat("FILE:", ccache), options.forwardable ? "-f" : "-F",
                  "-l", absl::StrCat(absl::ToInt64Seconds(options.lifetime), "s"),
                  absl::StrCat(principal, "@", options_.name)},
                 Environment(), absl::StrCat(password->second, "\n"));
  if (!program.ok()) return program.status();
  if (program->exit_code != 0) return NotExpected("kinit", *program);
  return absl::OkStatus();
}

bool TestRealm::KdcAnswers() const {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in kdc = SocketAddress(options_.address, port_);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&kdc), sizeof(kdc)) == 0;
}

absl::Status TestRealm::StartKdc() {
  const std::string program = FindProgram("krb5kdc");
  std::vector<std::string> variables = EnvironmentWith(KdcEnvironment());
  std::vector<char*> environment;
  for (std::string& word : variables) environment.push_back(word.data());
  environment.push_back(nullptr);
  const pid_t parent = ::getpid();
  kdc_ = ::fork();
  if (kdc_ < 0) return absl::ErrnoToStatus(errno, "fork");
  if (kdc_ == 0) {
    // A test that is killed leaves no KDC.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) _exit(127);
    const int null = ::open("/dev/null", O_RDWR);
    const int log = ::open(File("kdc.out").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(null, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::close_range(3, ~0U, 0);
    ::execle(program.c_str(), "krb5kdc", "-n", "-r", options_.name.c_str(), nullptr,
             environment.data());
    _exit(127);
  }
  const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
  while (!KdcAnswers()) {
    if (::waitpid(kdc_, nullptr, WNOHANG) == kdc_) {
      kdc_ = -1;
      return absl::UnavailableError(
          absl::StrCat("krb5kdc ended at once; ", directory_, "/kdc.log"));
    }
    if (std::chrono::steady_clock::now() > deadline) {
      StopKdc();
      return absl::DeadlineExceededError("krb5kdc does not answer");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return absl::OkStatus();
}

void TestRealm::StopKdc() {
  if (kdc_ <= 0) return;
  ::kill(kdc_, SIGTERM);
  while (::waitpid(kdc_, nullptr, 0) < 0 && errno == EINTR) {
  }
  kdc_ = -1;
}

}  // namespace proctor
