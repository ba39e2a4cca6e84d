#include "agent/linux/name_answers.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "agent/caller/linux/local_account.h"
#include "agent/linux/name_failure.h"
#include "agent/linux/privileges.h"
#include "agent/token/account_names.h"
#include "agent/token/posix/account_database.h"
#include "agent/token/posix/account_identity.h"
#include "agent/token/posix/id_map.h"
#include "common/linux/seqpacket_socket.h"
#include "common/os_error.h"
#include "common/unique_fd.h"
#include "common/utf8.h"
#include "proctor/names/name_helper.pb.h"

namespace proctor {
namespace {

// proctord waits less long, and then kills its helper; this holds when proctord has gone.
constexpr unsigned kMaxAnswerSeconds = 60;
constexpr int kSendMs = 1000;

// As protocol buffers have text.
v1::Principal Told(v1::Principal principal) {
  principal.set_name(EscapeInvalidUtf8(principal.name()));
  return principal;
}

absl::Status TellIdentity(absl::StatusOr<v1::Principal> identity, names::Answer* answer) {
  if (!identity.ok()) return identity.status();
  *answer->mutable_identity() = Told(*std::move(identity));
  return absl::OkStatus();
}

absl::Status TellAccountOf(const names::PrincipalQuestion& question, names::Answer* answer) {
  NegotiateFacts facts;
  facts.client_principal = question.client();
  facts.service_principal = question.service();
  absl::StatusOr<LocalAccount> account =
      FindLocalAccount(facts, {question.trusted_realm().begin(), question.trusted_realm().end()});
  if (!account.ok()) return account.status();
  *answer->mutable_identity() = Told(std::move(account->principal));
  answer->set_mapped_by(EscapeInvalidUtf8(account->mapped_by));
  answer->set_mapping_advice(EscapeInvalidUtf8(account->advice));
  return absl::OkStatus();
}

absl::Status TellEntry(uid_t uid, names::Answer* answer) {
  absl::optional<Account> account = AccountDatabase::AskNameService(uid);
  if (!account.has_value()) return absl::UnavailableError("the name service does not answer");
  names::Entry* const entry = answer->mutable_entry();
  entry->set_known(account->known);
  entry->set_name(std::move(account->name));
  entry->set_home(std::move(account->home));
  entry->set_shell(std::move(account->shell));
  entry->set_runtime_directory(std::move(account->runtime_directory));
  return absl::OkStatus();
}

absl::Status TellUidOf(const std::string& sid, names::Answer* answer) {
  const absl::StatusOr<uint32_t> uid = IdMap().UidOf(sid);
  if (uid.ok()) answer->set_uid(*uid);
  return uid.status();
}

absl::Status TellKey(absl::StatusOr<std::string> key, names::Answer* answer) {
  if (!key.ok()) return key.status();
  answer->set_key(*std::move(key));
  return absl::OkStatus();
}

absl::Status Tell(const names::Question& question, names::Answer* answer) {
  switch (question.question_case()) {
    case names::Question::kAccount:
      return TellIdentity(IdentityOfAccount(question.account()), answer);
    case names::Question::kUid:
      return TellIdentity(IdentityOfUid(question.uid()), answer);
    case names::Question::kEntryOfUid:
      return TellEntry(question.entry_of_uid(), answer);
    case names::Question::kPrincipal:
      return TellAccountOf(question.principal(), answer);
    case names::Question::kSid:
      return TellUidOf(question.sid(), answer);
    case names::Question::kUserKey:
      return TellKey(AccountNames::System()->UserKey(question.user_key()), answer);
    case names::Question::kGroupKey:
      return TellKey(AccountNames::System()->GroupKey(question.group_key()), answer);
    case names::Question::QUESTION_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("not a question");
}

absl::Status AnswerOne(const SeqpacketSocket& socket, const std::string& bytes) {
  names::Question question;
  names::Answer answer;
  if (!question.ParseFromString(bytes)) return absl::DataLossError("not a question");
  ::alarm(kMaxAnswerSeconds);
  if (const absl::Status told = Tell(question, &answer); !told.ok()) {
    answer.Clear();
    *answer.mutable_failure() = FailureOf(told);
  }
  ::alarm(0);
  return socket.SendBlocking(answer, {}, kSendMs);
}

// The socket moves out of the way of what modules of the name service take for standard input.
UniqueFd TakeSocket() {
  UniqueFd socket(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!socket.valid() || !null.valid() || ::dup2(null.get(), STDIN_FILENO) < 0) return UniqueFd();
  return socket;
}

}  // namespace

int ServeNames() {
  if (!DropCapabilities().ok()) return 1;
  UniqueFd fd = TakeSocket();
  if (!fd.valid()) return 1;
  const SeqpacketSocket socket(std::move(fd));
  while (true) {
    const absl::StatusOr<Datagram> datagram = socket.Receive();
    if (datagram.ok()) {
      if (!AnswerOne(socket, datagram->bytes).ok()) return 1;
      continue;
    }
    const absl::optional<OsError> error = GetOsError(datagram.status());
    if (!error.has_value() || error->code != EAGAIN) return 0;
    pollfd readable = {socket.fd(), POLLIN, 0};
    ::poll(&readable, 1, -1);
  }
}

}  // namespace proctor
