#include "agent/token/posix/posix_token_pipeline.h"

#include <linux/capability.h>

#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/token/launch_strings.h"
#include "agent/token/posix/login_environment.h"
#include "agent/token/posix/network_access.h"
#include "agent/token/posix/pam_logon.h"
#include "agent/token/posix/posix_credentials.h"
#include "common/failure_detail.h"
#include "common/proto_time.h"
#include "common/utf8.h"

namespace proctor {
namespace {

constexpr char kIdentityCapabilities[] =
    "CAP_SETUID and CAP_SETGID to proctord and proctor-jobhost";

// Root lacks what the container or the unit that it was started in is without.
std::string GrantAdvice(uid_t own_uid, absl::string_view capabilities) {
  return own_uid == 0 ? absl::StrCat("grant ", capabilities,
                                     ", withheld by the container or systemd unit that it runs in")
                      : absl::StrCat("run it as root or grant ", capabilities);
}

constexpr char kGiveAccount[] =
    "add the account, or a rule to auth_to_local in the agent's krb5.conf";

v1::StageReport ReportAuthentication(const AnonymousCaller& caller, absl::string_view whom) {
  v1::StageReport report;
  report.set_stage(v1::AUTHENTICATE);
  report.set_call(caller.call);
  SetDurationProto(caller.duration, report.mutable_duration());
  report.set_result(absl::StrCat(caller.authentication.mechanism(), ": ", whom));
  return report;
}

std::string Describe(const PosixCredentials& credentials) {
  return absl::StrCat("uid ", credentials.uid, " gid ", credentials.gid, ", ",
                      credentials.groups.size(), " supplementary groups");
}

}  // namespace

PosixTokenPipeline::PosixTokenPipeline(Options options, CapabilitySet capabilities,
                                       const Clock* clock, AccountDatabase* accounts)
    : options_(std::move(options)),
      capabilities_(capabilities),
      clock_(clock),
      accounts_(accounts) {}

bool PosixTokenPipeline::CanChangeIdentity() const {
  return capabilities_.Has(CAP_SETUID) && capabilities_.Has(CAP_SETGID);
}

absl::StatusOr<CallerToken> PosixTokenPipeline::Identify(const AnonymousCaller& caller) {
  if (caller.credentials.has_kerberos()) return IdentifyStranger(caller);
  if (!caller.credentials.has_posix()) {
    return absl::InternalError("the connection carries no POSIX credentials");
  }
  const v1::PosixIdentity& ids = caller.credentials.posix();
  StageTrace trace(clock_);
  const std::shared_ptr<const Account> account = accounts_->Lookup(ids.uid());
  v1::Principal identity =
      Principal::Posix(ids.uid(), ids.gid(), {ids.groups().begin(), ids.groups().end()},
                       account->known ? EscapeInvalidUtf8(account->name) : "")
          .proto();
  const bool of_a_realm = caller.credentials.has_domain();
  if (of_a_realm) *identity.mutable_domain() = caller.credentials.domain();
  auto principal = std::make_shared<const Principal>(std::move(identity));
  trace.Done(v1::IDENTIFY, "getpwuid_r",
             absl::StrCat(principal->ToString(), ", gid ", ids.gid(), ", ", ids.groups_size(),
                          " supplementary groups from the ",
                          of_a_realm || caller.context != nullptr ? "name service" : "kernel"));
  return CallerToken(
      TokenKey(), std::move(principal), caller.authentication,
      {ReportAuthentication(caller, absl::StrCat("uid ", ids.uid())), trace.reports().front()},
      caller.context, caller.delegated);
}

absl::StatusOr<CallerToken> PosixTokenPipeline::IdentifyStranger(const AnonymousCaller& caller) {
  StageTrace trace(clock_);
  auto principal = std::make_shared<const Principal>(caller.credentials);
  trace.Done(v1::IDENTIFY, "gss_localname",
             absl::StrCat(principal->ToString(), ", who has no account here"));
  return CallerToken(TokenKey(), std::move(principal), caller.authentication,
                     {ReportAuthentication(caller, caller.credentials.kerberos().principal()),
                      trace.reports().front()});
}

absl::Status PosixTokenPipeline::CanLaunchAs(const CallerToken& caller) const {
  if (!caller.principal()->proto().has_posix()) {
    return absl::FailedPreconditionError(
        absl::StrCat(caller.principal()->ToString(), " has no account on this machine: ",
                     caller.authentication().mapped_by().empty()
                         ? "krb5.conf's auth_to_local says which account is whose"
                         : caller.authentication().mapped_by()));
  }
  if (caller.principal()->proto().posix().uid() == options_.own_uid || CanChangeIdentity()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      "this agent runs as uid ", options_.own_uid,
      " without CAP_SETUID and CAP_SETGID, so it can launch only as that user, not as ",
      caller.principal()->ToString()));
}

absl::StatusOr<ImpersonationToken> PosixTokenPipeline::Impersonate(const CallerToken& caller,
                                                                   const v1::LaunchSpec& spec,
                                                                   StageTrace* trace) {
  if (spec.desktop() != v1::PRIVATE_DESKTOP) {
    return trace->Fail(v1::AUTHORISE, "policy",
                       absl::FailedPreconditionError("only an agent on Windows has desktops"),
                       "leave desktop out");
  }
  if (options_.policy != nullptr) {
    if (absl::Status may = options_.policy->MayLaunch(*caller.principal()); !may.ok()) {
      return trace->Fail(v1::AUTHORISE, "policy", may, kMayLaunchAdvice);
    }
  }
  if (!spec.run_as().empty()) return RunAs(caller, spec.run_as(), trace);
  if (absl::Status able = CanLaunchAs(caller); !able.ok()) {
    if (!caller.principal()->proto().has_posix()) {
      const std::string& advice = caller.authentication().mapping_advice();
      return trace->Fail(v1::AUTHORISE, "gss_localname", able,
                         advice.empty() ? kGiveAccount : advice);
    }
    return trace->Fail(v1::AUTHORISE, "capget", able,
                       GrantAdvice(options_.own_uid, kIdentityCapabilities));
  }
  trace->Done(v1::AUTHORISE, "policy",
              absl::StrCat(caller.principal()->ToString(), " may run jobs as itself"));
  trace->Skip(v1::ACQUIRE_LOGON_TOKEN, "the job runs with the caller's own credentials");
  return OwnToken(caller);
}

absl::StatusOr<Principal> PosixTokenPipeline::UserOf(const std::string& run_as) const {
  uid_t uid;
  absl::StatusOr<v1::Principal> identity = absl::SimpleAtoi(run_as, &uid)
                                               ? options_.identity_of_uid(uid)
                                               : options_.identity_of_account(run_as);
  if (!identity.ok()) return identity.status();
  return Principal(*std::move(identity));
}

absl::StatusOr<ImpersonationToken> PosixTokenPipeline::RunAs(const CallerToken& caller,
                                                             const std::string& run_as,
                                                             StageTrace* trace) const {
  absl::StatusOr<Principal> found = UserOf(run_as);
  if (!found.ok() && !absl::IsNotFound(found.status())) {
    return trace->Fail(v1::AUTHORISE, "getpwnam_r", found.status(),
                       "the agent's name service does not answer");
  }
  const bool itself = found.ok() && found->key() == caller.principal()->key();
  // The same whether there is such a user or not.
  if (!itself && (!found.ok() || options_.policy == nullptr ||
                  !options_.policy->MayRunAs(*caller.principal(), *found).ok())) {
    return trace->Fail(
        v1::AUTHORISE, "policy",
        absl::PermissionDeniedError(absl::StrCat("no policy lets ", caller.principal()->ToString(),
                                                 " run jobs as '", run_as, "'")),
        kRunAsAdvice);
  }
  absl::Status able = CanLaunchAs(caller);
  if (!itself && !CanChangeIdentity()) {
    able = absl::FailedPreconditionError(absl::StrCat(
        "this agent runs as uid ", options_.own_uid,
        " without CAP_SETUID and CAP_SETGID, so it cannot launch as ", found->ToString()));
  }
  if (!able.ok()) {
    return trace->Fail(v1::AUTHORISE, "capget", able,
                       GrantAdvice(options_.own_uid, kIdentityCapabilities));
  }
  trace->Done(v1::AUTHORISE, "policy",
              absl::StrCat(caller.principal()->ToString(), " may run jobs as ",
                           itself ? "itself" : found->ToString()));
  if (itself) {
    trace->Skip(v1::ACQUIRE_LOGON_TOKEN, "the job runs with the caller's own credentials");
    return OwnToken(caller);
  }
  const bool checks = options_.account_check != nullptr;
  if (checks) {
    const absl::Status may = options_.account_check->Check(found->proto().name(), "");
    if (!may.ok()) {
      return trace->Fail(v1::ACQUIRE_LOGON_TOKEN, "pam_acct_mgmt", may,
                         GetFailureDetail(may).value_or(v1::FailureDetail()).advice());
    }
  }
  ImpersonationToken token =
      TokenOf(std::make_shared<const Principal>(*std::move(found)), OthersNetworkAccess(caller));
  trace->Done(
      v1::ACQUIRE_LOGON_TOKEN,
      checks ? "getpwnam_r, getgrouplist, pam_acct_mgmt" : "getpwnam_r, getgrouplist",
      Describe(static_cast<const PosixCredentials&>(*token.context())) + " from the name service");
  return token;
}

// A caller whom the kernel named has a session of its own; one who logged on gets its jobs'.
ImpersonationToken PosixTokenPipeline::OwnToken(const CallerToken& caller) const {
  return TokenOf(caller.principal(), OwnNetworkAccess(caller, clock_->Now()),
                 std::static_pointer_cast<const PamLogon>(caller.context()));
}

ImpersonationToken PosixTokenPipeline::TokenOf(std::shared_ptr<const Principal> user,
                                               NetworkAccess network,
                                               std::shared_ptr<const PamLogon> pam) const {
  const v1::PosixIdentity& ids = user->proto().posix();
  auto credentials = std::make_shared<const PosixCredentials>(
      ids.uid(), ids.gid(), std::vector<gid_t>(ids.groups().begin(), ids.groups().end()),
      CanChangeIdentity(), std::move(network), std::move(pam));
  return ImpersonationToken(TokenKey(), std::move(user), std::move(credentials));
}

absl::StatusOr<PrimaryToken> PosixTokenPipeline::MakePrimary(const ImpersonationToken& token,
                                                             const v1::Restrictions& restrictions,
                                                             StageTrace* trace) {
  const auto& credentials = static_cast<const PosixCredentials&>(*token.context());
  trace->Done(
      v1::MAKE_PRIMARY, credentials.change_identity ? "setgroups, setresgid, setresuid" : "none",
      credentials.change_identity ? Describe(credentials)
                                  : absl::StrCat(Describe(credentials), ", the agent's own"));
  if (restrictions.drop_privileges() || restrictions.deny_only_groups_size() > 0 ||
      restrictions.integrity() != v1::UNCHANGED_INTEGRITY) {
    return trace->Fail(v1::RESTRICT, "prctl",
                       absl::FailedPreconditionError(
                           "drop_privileges, deny_only_groups and integrity restrict Windows' "
                           "tokens; this agent cannot do as they ask"),
                       "use no_new_privileges or drop_all_capabilities");
  }
  if (!restrictions.no_new_privileges() && !restrictions.drop_all_capabilities()) {
    trace->Skip(v1::RESTRICT, "no restriction was asked for");
  } else {
    trace->Done(v1::RESTRICT, "prctl",
                absl::StrCat(restrictions.no_new_privileges() ? "no_new_privs " : "",
                             restrictions.drop_all_capabilities() ? "empty bounding set" : ""));
  }
  return PrimaryToken(TokenKey(), token.user(), token.context(), restrictions);
}

LoginDefaults PosixTokenPipeline::DefaultsFor(const Principal& user, bool pam_session) const {
  LoginDefaults defaults;
  defaults.path = user.IsSuperuser() ? options_.root_path : options_.path;
  defaults.path_is_configured = options_.path_is_configured;
  defaults.configured = &options_.environment;
  // A PAM session reads the same files, and those of the user beside them.
  if (options_.system_environment != nullptr && !pam_session) {
    defaults.system = options_.system_environment->Read();
  }
  return defaults;
}

absl::StatusOr<LaunchToken> PosixTokenPipeline::PrepareEnvironment(const PrimaryToken& token,
                                                                   const v1::LaunchSpec& spec,
                                                                   absl::string_view job_id,
                                                                   StageTrace* trace) {
  const std::shared_ptr<const Account> account =
      accounts_->Lookup(token.user()->proto().posix().uid());
  const auto& credentials = static_cast<const PosixCredentials&>(*token.context());
  const LoginDefaults defaults = DefaultsFor(*token.user(), credentials.pam != nullptr);
  LaunchEnvironment environment;
  environment.variables = BuildEnvironment(*account, defaults, spec, job_id);
  const std::string& program =
      ExecutableOf(spec).empty() ? ArgumentsOf(spec)[0] : ExecutableOf(spec);
  environment.executable_candidates = ExecutableCandidates(program, environment.variables);
  environment.candidates_from_path = IsSoughtInPath(program);
  const std::string& directory = WorkingDirectoryOf(spec);
  environment.working_directory = directory.empty() ? account->home : directory;
  environment.working_directory_may_be_missing = directory.empty();
  environment.umask = options_.umask;
  NetworkAccess network = NetworkAccessWithin(spec.environment(), credentials.network);
  environment.network_credentials = std::move(network.described);
  environment.delegated = std::move(network.delegated);
  trace->Done(v1::PREPARE_ENVIRONMENT, "getpwuid_r",
              absl::StrCat(spec.environment().base() == v1::Environment::LOGIN
                               ? "login environment, "
                               : "exactly the given environment, ",
                           environment.variables.size(), " variables",
                           environment.delegated == nullptr
                               ? ""
                               : ", the caller's credentials in a cache of the job's own"));
  return LaunchToken(TokenKey(), token, std::move(environment), trace->TakeReports());
}

std::vector<v1::Capability> PosixTokenPipeline::Capabilities() const {
  struct Need {
    int number;
    const char* name;
    const char* purpose;
  };
  constexpr Need kNeeds[] = {
      {CAP_SETUID, "cap_setuid", "launch as users other than the agent's own"},
      {CAP_SETGID, "cap_setgid", "give a job exactly its user's groups"},
      {CAP_KILL, "cap_kill", "signal other users' jobs"},
      {CAP_CHOWN, "cap_chown", "let a job open /dev/stdout"},
      {CAP_SETPCAP, "cap_setpcap", "drop_all_capabilities"},
      {CAP_SYS_RESOURCE, "cap_sys_resource", "raise a job's hard resource limits"},
  };
  std::vector<v1::Capability> capabilities;
  for (const Need& need : kNeeds) {
    v1::Capability& capability = capabilities.emplace_back();
    capability.set_name(need.name);
    capability.set_held(capabilities_.Has(need.number));
    capability.set_purpose(capability.held()
                               ? need.purpose
                               : absl::StrCat("missing, so this agent cannot: ", need.purpose, "; ",
                                              GrantAdvice(options_.own_uid, need.name)));
  }
  return capabilities;
}

}  // namespace proctor
