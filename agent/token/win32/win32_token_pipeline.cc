#include "agent/token/win32/win32_token_pipeline.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/token/win32/impersonation_scope.h"
#include "agent/token/win32/logon.h"
#include "agent/token/win32/token_restriction.h"
#include "agent/token/win32/token_verification.h"
#include "agent/token/win32/user_environment.h"
#include "agent/token/win32/user_places.h"
#include "common/command_line.h"
#include "common/win32/last_error.h"
#include "common/win32/token_information.h"
#include "common/win32/user_profile.h"

namespace proctor {
namespace {

// What CreateProcessAsUser and LoadUserProfile ask of their token (Microsoft Learn), and a level to
// lower.
constexpr DWORD kPrimaryAccess =
    TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE | TOKEN_ASSIGN_PRIMARY | TOKEN_ADJUST_DEFAULT;

constexpr char kAdministratorsSid[] = "S-1-5-32-544";

constexpr char kAssignAdvice[] =
    "give the agent's account 'Replace a process level token' and 'Adjust memory quotas for a "
    "process' (SeAssignPrimaryTokenPrivilege, SeIncreaseQuotaPrivilege), or run it as LocalSystem";
constexpr char kTrustedBaseAdvice[] =
    "give the agent's account 'Act as part of the operating system' (SeTcbPrivilege), or run it as "
    "LocalSystem";

std::string Describe(const Win32Token& token) {
  return absl::StrCat(token.user_sid(), ", logon session ", token.logon_session(), ", ",
                      token.group_sids().size(), " groups, integrity 0x",
                      absl::Hex(token.integrity()), token.elevated() ? ", elevated" : "");
}

const Win32Token& TokenOf(const std::shared_ptr<const SecurityContext>& context) {
  return static_cast<const Win32Token&>(*context);
}

// Who a token stands for.
Principal PrincipalOf(const Win32Token& token) {
  v1::Principal proto;
  proto.set_name(AccountName(token.user_sid()));
  v1::WindowsIdentity* windows = proto.mutable_windows();
  windows->set_sid(token.user_sid());
  windows->mutable_group_sids()->Add(token.group_sids().begin(), token.group_sids().end());
  windows->set_logon_session(token.logon_session());
  windows->set_integrity(absl::StrCat("S-1-16-", token.integrity()));
  windows->set_elevated(token.elevated());
  return Principal(std::move(proto));
}

// For the policy: of the account all groups count, also those that UAC makes deny-only.
Principal WithDenyOnlyGroups(const Principal& user, const Win32Token& token) {
  v1::Principal proto = user.proto();
  proto.mutable_windows()->mutable_group_sids()->Add(token.deny_only_sids().begin(),
                                                     token.deny_only_sids().end());
  return Principal(std::move(proto));
}

Principal PrincipalOf(const Account& account) {
  v1::Principal proto;
  proto.set_name(absl::StrCat(account.domain, "\\", account.name));
  proto.mutable_windows()->set_sid(account.sid);
  return Principal(std::move(proto));
}

std::string S4uAdvice(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  switch (error.has_value() ? error->code : 0) {
    case ERROR_LOGON_TYPE_NOT_GRANTED:
      return "give the user the right 'Log on as a batch job' (SeBatchLogonRight)";
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_ACCESS_DENIED:
      return kTrustedBaseAdvice;
    case ERROR_NO_LOGON_SERVERS:
      return "no domain controller answers";
    default:
      return "the account may be disabled, expired or restricted";
  }
}

// Virtual accounts of services and application pools: whoever started them holds their profile.
bool IsServiceAccount(absl::string_view sid) {
  return absl::StartsWith(sid, "S-1-5-80-") || absl::StartsWith(sid, "S-1-5-82-");
}

bool NeedsHandles(const v1::LaunchSpec& spec) {
  return !spec.standard_input().data().empty() || !spec.standard_output().has_discard() ||
         !spec.standard_error().has_discard();
}

std::string DefaultDirectory(const std::vector<std::string>& environment) {
  const absl::string_view profile = VariableOf(environment, "USERPROFILE");
  return std::string(profile.empty() ? VariableOf(environment, "SystemRoot") : profile);
}

}  // namespace

Win32TokenPipeline::Win32TokenPipeline(TokenCalls* calls, const Clock* clock,
                                       std::shared_ptr<const Win32Token> own,
                                       const RunAsPolicy* policy)
    : calls_(calls), clock_(clock), own_(std::move(own)), policy_(policy) {}

absl::StatusOr<CallerToken> Win32TokenPipeline::Identify(const AnonymousCaller& caller) {
  if (caller.context == nullptr) return absl::InternalError("the connection carries no token");
  const Win32Token& token = TokenOf(caller.context);
  StageTrace trace(clock_);
  trace.Done(v1::IDENTIFY, "GetTokenInformation", Describe(token));
  v1::StageReport authenticate;
  authenticate.set_stage(v1::AUTHENTICATE);
  authenticate.set_call(caller.call);
  authenticate.mutable_duration()->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(caller.duration)));
  authenticate.set_result(absl::StrCat(caller.authentication.mechanism(), ": ", token.user_sid()));
  return CallerToken(TokenKey(), std::make_shared<const Principal>(PrincipalOf(token)),
                     caller.authentication, {std::move(authenticate), trace.reports().front()},
                     caller.context, caller.delegated);
}

absl::Status Win32TokenPipeline::CanLaunchAs(const CallerToken& caller) const {
  if (caller.context() == nullptr) {
    return OsErrorStatus(absl::StatusCode::kFailedPrecondition, "GetTokenInformation",
                         ERROR_NO_TOKEN, "the session holds no token to launch with");
  }
  const Win32Token& token = TokenOf(caller.context());
  if (token.level() < SecurityImpersonation) {
    return OsErrorStatus(absl::StatusCode::kFailedPrecondition, "ImpersonateNamedPipeClient",
                         ERROR_BAD_IMPERSONATION_LEVEL,
                         "the caller's token is good for identification only");
  }
  if (token.logon_session() == own_->logon_session()) return absl::OkStatus();
  for (const char* privilege : {"SeAssignPrimaryTokenPrivilege", "SeIncreaseQuotaPrivilege"}) {
    if (Holds(privilege)) continue;
    return OsErrorStatus(absl::StatusCode::kFailedPrecondition, "CreateProcessAsUserW",
                         ERROR_PRIVILEGE_NOT_HELD, privilege);
  }
  return absl::OkStatus();
}

absl::StatusOr<ImpersonationToken> Win32TokenPipeline::Impersonate(const CallerToken& caller,
                                                                   const v1::LaunchSpec& spec,
                                                                   StageTrace* trace) {
  const std::string who = caller.principal()->ToString();
  if (policy_ != nullptr) {
    if (absl::Status may = policy_->MayLaunch(*caller.principal()); !may.ok()) {
      return trace->Fail(v1::AUTHORISE, "policy", may, kMayLaunchAdvice);
    }
  }
  if (!spec.run_as().empty()) {
    const absl::StatusOr<Account> account = calls_->FindAccount(spec.run_as());
    const bool itself = account.ok() && account->sid == caller.principal()->key();
    if (!itself) return RunAs(caller, spec.run_as(), account, trace);
  }
  if (absl::Status able = CanLaunchAs(caller); !able.ok()) {
    const bool privilege = GetOsError(able)->code == ERROR_PRIVILEGE_NOT_HELD;
    return trace->Fail(v1::AUTHORISE, "GetTokenInformation", able,
                       privilege ? kAssignAdvice : kImpersonateAdvice);
  }
  trace->Done(v1::AUTHORISE, "policy", absl::StrCat(who, " may run jobs as itself"));
  trace->Skip(v1::ACQUIRE_LOGON_TOKEN, "the job runs with the caller's own token");
  return ImpersonationToken(TokenKey(), caller.principal(), caller.context(),
                            caller.authentication().network_credentials());
}

absl::StatusOr<ImpersonationToken> Win32TokenPipeline::RunAs(const CallerToken& caller,
                                                             const std::string& run_as,
                                                             const absl::StatusOr<Account>& account,
                                                             StageTrace* trace) const {
  const std::string who = caller.principal()->ToString();
  // The same whether there is such an account or not.
  const auto refuse = [&] {
    return trace->Fail(v1::AUTHORISE, "policy",
                       absl::PermissionDeniedError(
                           absl::StrCat("no policy lets ", who, " run jobs as '", run_as, "'")),
                       kRunAsAdvice);
  };
  if (policy_ == nullptr || !account.ok() || !account->is_user) return refuse();
  // Never, whatever the policy says.
  if (UserProfile::IsAlwaysLoaded(account->sid) ||
      !policy_->CouldRunAs(*caller.principal(), PrincipalOf(*account)).ok()) {
    return refuse();
  }
  trace->Done(v1::AUTHORISE, "LookupAccountNameW, policy",
              absl::StrCat(who, " may run jobs as ", account->sid));
  absl::StatusOr<std::shared_ptr<const Win32Token>> token =
      LogOnWithoutPassword(caller, *account, trace);
  if (!token.ok()) return token.status();
  auto user = std::make_shared<const Principal>(PrincipalOf(**token));
  const Principal all = WithDenyOnlyGroups(*user, **token);
  if ((*token)->elevated() || all.IsMemberOf(kAdministratorsSid) ||
      !policy_->MayRunAs(*caller.principal(), all).ok()) {
    return refuse();
  }
  v1::NetworkCredentials none;
  none.set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
  none.set_reason("a logon without a password (S4U) has none: log on as the user to reach others");
  return ImpersonationToken(TokenKey(), std::move(user), *std::move(token), std::move(none));
}

absl::StatusOr<std::shared_ptr<const Win32Token>> Win32TokenPipeline::LogOnWithoutPassword(
    const CallerToken& caller, const Account& account, StageTrace* trace) const {
  const char* const call =
      account.is_local ? "LsaLogonUser (MSV1_0_S4U_LOGON)" : "LsaLogonUser (KERB_S4U_LOGON)";
  absl::StatusOr<UniqueHandle> handle = calls_->LogOnWithoutPassword(account);
  if (!handle.ok()) {
    return trace->Fail(v1::ACQUIRE_LOGON_TOKEN, call, handle.status(), S4uAdvice(handle.status()));
  }
  absl::StatusOr<std::shared_ptr<const Win32Token>> token = calls_->Read(*std::move(handle));
  absl::Status verified =
      token.ok() ? VerifyLogon(**token, account.sid, *own_, false) : token.status();
  if (verified.ok() && caller.context() != nullptr &&
      (*token)->logon_session() == TokenOf(caller.context()).logon_session()) {
    verified = TokenDiffers("logon session", "a new one", "the caller's");
  }
  if (!verified.ok()) {
    return trace->Fail(v1::ACQUIRE_LOGON_TOKEN, call, verified, kTokenLiesAdvice);
  }
  trace->Done(v1::ACQUIRE_LOGON_TOKEN, call,
              absl::StrCat(Describe(**token), ", no credentials for other machines"));
  return token;
}

absl::StatusOr<PrimaryToken> Win32TokenPipeline::MakePrimary(const ImpersonationToken& token,
                                                             const v1::Restrictions& restrictions,
                                                             StageTrace* trace) {
  const Win32Token& user = TokenOf(token.context());
  const DWORD session_access = user.session() == own_->session() ? 0 : TOKEN_ADJUST_SESSIONID;
  absl::StatusOr<UniqueHandle> duplicate =
      calls_->DuplicatePrimary(user.handle(), kPrimaryAccess | session_access);
  if (!duplicate.ok()) {
    return trace->Fail(v1::MAKE_PRIMARY, "DuplicateTokenEx", duplicate.status(),
                       kImpersonateAdvice);
  }
  absl::StatusOr<std::shared_ptr<const Win32Token>> primary = calls_->Read(*std::move(duplicate));
  if (!primary.ok()) {
    return trace->Fail(v1::MAKE_PRIMARY, "GetTokenInformation", primary.status(), kTokenLiesAdvice);
  }
  trace->Done(v1::MAKE_PRIMARY, "DuplicateTokenEx", Describe(**primary));
  absl::StatusOr<std::shared_ptr<const Win32Token>> made = primary;
  if (AsksForRestriction(restrictions)) {
    absl::StatusOr<UniqueHandle> restricted = RestrictToken(calls_, **primary, restrictions, trace);
    if (!restricted.ok()) return restricted.status();
    made = calls_->Read(*std::move(restricted));
  } else {
    trace->Skip(v1::RESTRICT, "no restriction was asked for");
  }
  const absl::Status verified =
      made.ok() ? VerifyPrimary(**made, user, restrictions) : made.status();
  if (!verified.ok()) {
    return trace->Fail(v1::VERIFY, "GetTokenInformation", verified, kTokenLiesAdvice);
  }
  return PrimaryToken(TokenKey(), token.user(), *std::move(made), restrictions,
                      token.network_credentials());
}

absl::Status Win32TokenPipeline::CheckInteractiveSession(const Win32Token& user) const {
  // The job host looks at its own window station then.
  if (user.session() == own_->session()) return absl::OkStatus();
  const absl::StatusOr<SessionUser> logged_on = calls_->UserOfSession(user.session());
  if (!logged_on.ok()) return logged_on.status();
  if (logged_on->user_sid != user.user_sid() || logged_on->logon_sid != user.logon_sid()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the token's session ", user.session(), " is not the user's own logon"));
  }
  return absl::OkStatus();
}

absl::StatusOr<PrimaryToken> Win32TokenPipeline::PlaceInSession(const PrimaryToken& token,
                                                                const v1::LaunchSpec& spec,
                                                                StageTrace* trace) const {
  const Win32Token& user = TokenOf(token.context());
  if (spec.desktop() == v1::INTERACTIVE_DESKTOP) {
    if (user.session() != own_->session() && NeedsHandles(spec)) {
      return trace->Fail(v1::PREPARE_ENVIRONMENT, "CreateProcessAsUserW",
                         absl::FailedPreconditionError(
                             "no handle is inherited into another terminal session, so neither "
                             "standard input nor output can be passed on"),
                         "discard both outputs and give no standard input: the program can open "
                         "files itself");
    }
    if (absl::Status there = CheckInteractiveSession(user); !there.ok()) {
      return trace->Fail(v1::PREPARE_ENVIRONMENT, "WTSQueryUserToken", there,
                         "INTERACTIVE_DESKTOP needs a caller who is logged on to this machine, and "
                         "who calls from that session");
    }
    return token;
  }
  if (user.session() == own_->session()) return token;
  absl::StatusOr<UniqueHandle> handle = calls_->MoveToSession(user.handle(), own_->session());
  if (!handle.ok()) {
    return trace->Fail(v1::PREPARE_ENVIRONMENT, "SetTokenInformation", handle.status(),
                       kTrustedBaseAdvice);
  }
  absl::StatusOr<std::shared_ptr<const Win32Token>> moved = calls_->Read(*std::move(handle));
  const absl::Status verified =
      moved.ok() ? VerifyMoved(**moved, user, own_->session()) : moved.status();
  if (!verified.ok()) {
    return trace->Fail(v1::VERIFY, "GetTokenInformation", verified, kTokenLiesAdvice);
  }
  return PrimaryToken(TokenKey(), token.user(), *std::move(moved), token.restrictions(),
                      token.network_credentials());
}

absl::StatusOr<std::string> Win32TokenPipeline::LoadProfile(const PrimaryToken& token,
                                                            LaunchEnvironment* environment,
                                                            StageTrace* trace) const {
  const Win32Token& user = TokenOf(token.context());
  if (UserProfile::IsAlwaysLoaded(user.user_sid())) return std::string("the system's own profile");
  // Loaded for the agent's own life, and an agent without privileges could not load it.
  if (user.user_sid() == own_->user_sid()) return std::string("the agent's own profile");
  const std::string& account = token.user()->proto().name();
  absl::StatusOr<ProfileReference> profile = calls_->LoadProfile(user.handle(), account);
  if (profile.ok()) {
    environment->profile_user = account;
    environment->profile = std::move(profile->held);
    return std::move(profile->kind);
  }
  if (IsServiceAccount(user.user_sid())) return std::string("the profile of its service");
  return trace->Fail(v1::PREPARE_ENVIRONMENT, "LoadUserProfileW", profile.status(),
                     "give the agent's account 'Back up files and directories' and 'Restore files "
                     "and directories' (SeBackupPrivilege, SeRestorePrivilege); the profile may be "
                     "damaged or its server away");
}

absl::Status Win32TokenPipeline::BuildCommand(const v1::LaunchSpec& spec,
                                              const std::string& batch_file,
                                              LaunchEnvironment* environment,
                                              StageTrace* trace) const {
  const std::vector<std::string> arguments(spec.argv().begin(), spec.argv().end());
  absl::StatusOr<std::string> line = spec.raw_command_line();
  if (!batch_file.empty()) {
    line = BuildBatchCommandLine(environment->executable_candidates[0], batch_file,
                                 {arguments.begin() + 1, arguments.end()});
  } else if (line->empty()) {
    line = BuildCommandLine(arguments);
  }
  if (!line.ok()) {
    return trace->Fail(v1::PREPARE_ENVIRONMENT, "CreateProcessAsUserW", line.status(),
                       "pass such arguments in a file or on standard input");
  }
  environment->command_line = *std::move(line);
  return absl::OkStatus();
}

absl::StatusOr<LaunchToken> Win32TokenPipeline::PrepareEnvironment(const PrimaryToken& token,
                                                                   const v1::LaunchSpec& spec,
                                                                   absl::string_view job_id,
                                                                   StageTrace* trace) {
  absl::StatusOr<PrimaryToken> placed = PlaceInSession(token, spec, trace);
  if (!placed.ok()) return placed.status();
  const Win32Token& user = TokenOf(placed->context());
  LaunchEnvironment environment;
  environment.network_credentials = token.network_credentials();
  const absl::StatusOr<std::string> profile = LoadProfile(*placed, &environment, trace);
  if (!profile.ok()) return profile.status();
  const absl::StatusOr<std::vector<std::string>> login = calls_->EnvironmentBlock(user.handle());
  if (!login.ok()) {
    return trace->Fail(v1::PREPARE_ENVIRONMENT, "CreateEnvironmentBlock", login.status(),
                       "the user's profile may be damaged");
  }
  environment.variables = BuildUserEnvironment(*login, spec.environment(), job_id);
  environment.working_directory =
      spec.working_directory().empty() ? DefaultDirectory(*login) : spec.working_directory();
  const absl::StatusOr<std::string> batch_file = OpenPlaces(
      calls_, user, user.user_sid() == own_->user_sid(), spec, *login, &environment, trace);
  if (!batch_file.ok()) return batch_file.status();
  trace->Done(v1::IMPERSONATE, "ImpersonateLoggedOnUser, RevertToSelf",
              absl::StrCat(environment.executable_candidates[0],
                           " and the directory were opened as the user"));
  if (absl::Status built = BuildCommand(spec, *batch_file, &environment, trace); !built.ok()) {
    return built;
  }
  trace->Done(v1::PREPARE_ENVIRONMENT,
              environment.profile == nullptr ? "CreateEnvironmentBlock"
                                             : "LoadUserProfileW, CreateEnvironmentBlock",
              absl::StrCat(spec.environment().base() == v1::Environment::LOGIN
                               ? "the user's environment, "
                               : "exactly the given environment, ",
                           environment.variables.size(), " variables, ", *profile));
  return LaunchToken(TokenKey(), *std::move(placed), std::move(environment), trace->TakeReports());
}

bool Win32TokenPipeline::Holds(absl::string_view privilege) const {
  const std::vector<std::string>& held = own_->privileges();
  return std::find(held.begin(), held.end(), privilege) != held.end();
}

std::vector<v1::Capability> Win32TokenPipeline::Capabilities() const {
  struct Need {
    const char* name;
    const char* purpose;
  };
  constexpr Need kNeeds[] = {
      {"SeImpersonatePrivilege",
       "act as callers of the pipe; policy: Impersonate a client after authentication"},
      {"SeAssignPrimaryTokenPrivilege",
       "start processes of other users; policy: Replace a process level token"},
      {"SeIncreaseQuotaPrivilege",
       "start processes of other users; policy: Adjust memory quotas for a process"},
      {"SeTcbPrivilege",
       "log users on without a password, place jobs in a terminal session; policy: Act as part of "
       "the operating system"},
      {"SeBackupPrivilege", "load users' profiles; policy: Back up files and directories"},
      {"SeRestorePrivilege", "load users' profiles; policy: Restore files and directories"},
  };
  std::vector<v1::Capability> capabilities;
  for (const Need& need : kNeeds) {
    v1::Capability& capability = capabilities.emplace_back();
    capability.set_name(need.name);
    capability.set_purpose(need.purpose);
    capability.set_held(Holds(need.name));
  }
  return capabilities;
}

}  // namespace proctor
