#include "agent/jobhost/win32/desktop_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/win32/interactive_desktop.h"
#include "agent/jobhost/win32/private_desktop.h"
#include "common/log.h"
#include "common/win32/last_error.h"
#include "common/win32/token_information.h"

namespace proctor::jobhost {
namespace {

// Desktops have their heaps in one region of the session that all its services share (Microsoft
// support, "Out of memory error because of the desktop heap limitation"). A user has more than one
// with several logon sessions or integrity levels at once.
constexpr int kMaxDesktopsPerUser = 8;
constexpr size_t kMaxDesktops = 64;

constexpr char kInteractiveDesktop[] = "winsta0\\default";

absl::StatusOr<uint32_t> OwnSession() {
  UniqueHandle token;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, token.receive())) {
    return LastErrorStatus("OpenProcessToken");
  }
  return TokenSession(token.get());
}

// Leases of ended jobs leave their key behind.
template <typename Key>
void RemoveEnded(std::map<Key, std::weak_ptr<const DesktopLease>>* leases) {
  for (auto lease = leases->begin(); lease != leases->end();) {
    lease = lease->second.expired() ? leases->erase(lease) : std::next(lease);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<DesktopTable>> DesktopTable::Open(DesktopGrants* grants,
                                                                 UserOfSession user_of_session) {
  absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  const absl::StatusOr<uint32_t> session = OwnSession();
  if (!session.ok()) return session.status();
  absl::StatusOr<std::string> desktop = OwnDesktopName();
  if (!desktop.ok()) return desktop.status();
  // Jobs run all the same; only the interactive desktop is not what it was.
  const absl::Status revoked = grants->RevokeLeftOver();
  if (!revoked.ok()) LogError("grants of an earlier host stay: ", revoked.ToString());
  return std::unique_ptr<DesktopTable>(
      new DesktopTable(grants, user_of_session, *std::move(own), *session, *std::move(desktop)));
}

absl::StatusOr<DesktopTable::Lease> DesktopTable::Acquire(const WindowsLaunch& launch) {
  switch (launch.desktop_kind()) {
    case WindowsLaunch::PRIVATE_DESKTOP:
      return Private(launch);
    case WindowsLaunch::INTERACTIVE_DESKTOP:
      return Interactive(launch);
    default:
      return launch.desktop().empty() ? own_desktop_
                                      : std::make_shared<const DesktopLease>(launch.desktop());
  }
}

absl::StatusOr<DesktopTable::Lease> DesktopTable::Private(const WindowsLaunch& launch) {
  if (launch.session_id() != session_) {
    return absl::FailedPreconditionError(
        absl::StrCat("the token is of terminal session ", launch.session_id(),
                     ", a private desktop of this job host's, ", session_));
  }
  const uint32_t integrity =
      launch.has_integrity() ? launch.integrity() : SECURITY_MANDATORY_MEDIUM_RID;
  MutexLock lock(&mutex_);
  RemoveEnded(&private_);
  const auto key = std::make_tuple(launch.user_sid(), launch.logon_session(), integrity);
  if (const auto known = private_.find(key); known != private_.end()) {
    if (Lease lease = known->second.lock(); lease != nullptr) return lease;
  }
  if (absl::Status room = CheckRoom(launch.user_sid()); !room.ok()) return room;
  // A token without a logon SID, as some services' are: its user then.
  absl::StatusOr<std::shared_ptr<PrivateDesktop>> made = PrivateDesktop::Create(
      launch.logon_session(), launch.logon_sid().empty() ? launch.user_sid() : launch.logon_sid(),
      integrity);
  if (made.ok()) {
    private_[key] = *made;
    return Lease(*std::move(made));
  }
  // Only administrators may name stations. A host without the right serves its own user, and jobs
  // of its own logon session belong on the station of that session, where it is itself.
  if (absl::IsPermissionDenied(made.status()) && launch.logon_session() == own_.logon_session) {
    return own_desktop_;
  }
  return made.status();
}

absl::Status DesktopTable::CheckRoom(const std::string& user_sid) const {
  const auto of_user = std::count_if(private_.begin(), private_.end(), [&](const auto& entry) {
    return std::get<0>(entry.first) == user_sid;
  });
  if (of_user < kMaxDesktopsPerUser && private_.size() < kMaxDesktops) return absl::OkStatus();
  return OsErrorStatus("CreateWindowStationW", ERROR_NOT_ENOUGH_QUOTA, user_sid);
}

absl::StatusOr<DesktopTable::Lease> DesktopTable::InteractiveElsewhere(
    const WindowsLaunch& launch) const {
  const absl::StatusOr<SessionUser> logged_on = user_of_session_(launch.session_id());
  if (!logged_on.ok()) return logged_on.status();
  if (logged_on->user_sid == launch.user_sid() && !launch.logon_sid().empty() &&
      logged_on->logon_sid == launch.logon_sid()) {
    return std::make_shared<const DesktopLease>(kInteractiveDesktop);
  }
  return absl::FailedPreconditionError(
      absl::StrCat("INTERACTIVE_DESKTOP needs a process in terminal session ", launch.session_id(),
                   " that grants its winsta0 to ", launch.logon_sid(), "; there is none"));
}

absl::StatusOr<DesktopTable::Lease> DesktopTable::Interactive(const WindowsLaunch& launch) {
  if (launch.session_id() != session_) return InteractiveElsewhere(launch);
  if (!OnInteractiveStation()) {
    return absl::FailedPreconditionError(
        absl::StrCat("INTERACTIVE_DESKTOP needs a token of the user's own terminal session; this "
                     "one is of the service's session ",
                     session_, ", which has no interactive window station"));
  }
  MutexLock lock(&mutex_);
  RemoveEnded(&interactive_);
  std::weak_ptr<const DesktopLease>& known = interactive_[launch.logon_sid()];
  if (Lease lease = known.lock(); lease != nullptr) return lease;
  absl::StatusOr<std::shared_ptr<InteractiveDesktop>> granted =
      InteractiveDesktop::Grant(grants_, launch.logon_sid());
  if (!granted.ok()) return granted.status();
  known = *granted;
  return Lease(*std::move(granted));
}

}  // namespace proctor::jobhost
