#include "tests/fuzz/jobhost_protocol_fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "agent/jobhost/agent_link.h"
#include "agent/jobhost/linux/logon_desk.h"
#include "agent/jobhost/spool_name.h"
#include "common/log.h"

namespace proctor {
namespace {

using jobhost::AgentLink;
using jobhost::JobController;
using jobhost::Outbox;
using jobhost::Spooler;

void Check(bool holds) {
  if (!holds) std::abort();
}

template <typename T>
T Must(absl::StatusOr<T> value) {
  Check(value.ok());
  return *std::move(value);
}

// In a directory of this process's own, gone when it ends.
class SocketPath {
 public:
  SocketPath() {
    SilenceLog();
    Check(::mkdtemp(directory_) != nullptr);
    path_ = std::string(directory_) + "/host";
  }
  ~SocketPath() {
    ::unlink(path_.c_str());
    ::rmdir(directory_);
  }
  const std::string& get() const { return path_; }

 private:
  char directory_[32] = "/tmp/proctor-fuzz.XXXXXX";
  std::string path_;
};

// What reads the agent's messages, and all that it reports to; the launchers are missing.
class Host {
 public:
  Host(const std::string& path, Spooler* spooler)
      : controller_(jobhost::SESSION_AND_SUBREAPER, Hooks()),
        outbox_([this](const jobhost::Job& job) { return controller_.Report(job); },
                [](const SeqpacketSocket&) {}),
        desk_(NoRoom(),
              [this](jobhost::LogonReply reply) {
                jobhost::ToAgent message;
                *message.mutable_logon_reply() = std::move(reply);
                outbox_.Add(std::move(message));
              }),
        link_(Must(SeqpacketSocket::Listen(path)), About(), &controller_, &desk_, &outbox_,
              [this](int fd) {
                connection_ = fd;
                return absl::OkStatus();
              }) {
    controller_.Connect(&outbox_, spooler);
  }

  void Accept() { link_.Accept(); }
  void Read() {
    if (link_.connected()) link_.Read(connection_);
    outbox_.Flush();
  }
  bool started_nothing() const { return queued_.empty(); }

 private:
  JobController::Hooks Hooks() {
    JobController::Hooks hooks;
    hooks.enqueue_launch = [this](const std::shared_ptr<jobhost::Job>& job) {
      Check(jobhost::ValidJobId(job->id));
      Check(queued_.insert(job->id).second);
    };
    hooks.set_timer = [](int64_t) {};
    hooks.watch_tree = [](int) {};
    hooks.unwatch_tree = [](int) {};
    return hooks;
  }
  // Logons are refused at once.
  static jobhost::LogonDesk::Options NoRoom() {
    jobhost::LogonDesk::Options options;
    options.max_waiting = 0;
    return options;
  }
  static jobhost::HelloReply About() {
    jobhost::HelloReply about;
    about.set_protocol_version(AgentLink::kProtocolVersion);
    return about;
  }

  std::set<std::string> queued_;
  int connection_ = -1;
  JobController controller_;
  Outbox outbox_;
  jobhost::LogonDesk desk_;
  AgentLink link_;
};

// Whether the host has answered with anything; the first must be an answer to a Hello.
bool ReadAnswers(const SeqpacketSocket& agent, bool answered) {
  while (true) {
    const absl::StatusOr<Datagram> datagram = agent.Receive();
    if (!datagram.ok()) return answered;
    jobhost::ToAgent message;
    Check(message.ParseFromString(datagram->bytes));
    Check(answered || message.has_hello_reply());
    answered = true;
  }
}

}  // namespace

void FuzzJobHostProtocol(const uint8_t* data, size_t size) {
  static const SocketPath path;
  static const std::unique_ptr<Spooler> spooler =
      Must(Spooler::Start(1, [](const jobhost::OutputProgress&) {}));
  Host host(path.get(), spooler.get());
  const SeqpacketSocket agent = Must(SeqpacketSocket::Connect(path.get()));
  host.Accept();
  bool answered = false;
  while (size >= 2) {
    const size_t length = std::min<size_t>(data[0] | data[1] << 8, size - 2);
    // An end of the connection is no message.
    if (length > 0 && ::send(agent.fd(), data + 2, length, MSG_NOSIGNAL) < 0) break;
    data += 2 + length;
    size -= 2 + length;
    host.Read();
    answered = ReadAnswers(agent, answered);
    Check(answered || host.started_nothing());
  }
}

}  // namespace proctor
