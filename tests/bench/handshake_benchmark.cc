#include "tests/bench/handshake_benchmark.h"

#include <sys/resource.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/session_table.h"
#include "client/agent_client.h"
#include "common/clock.h"
#include "tests/agent/token/token_test_peer.h"
#include "tests/bench/call_load.h"
#include "tests/bench/child_process.h"
#include "tests/bench/realm_agent.h"
#include "tests/bench/rss_watch.h"
#include "tests/bench/ssh_server.h"
#include "tests/bench/tls_connect.h"

namespace proctor::bench {
namespace {

constexpr int kAtOnce = 8;

using Figures = std::vector<Figure>;

Figure LoadFigure(const std::string& group, const std::string& name, const LoadResult& result) {
  Figure figure;
  figure.group = group;
  figure.name = name;
  figure.value = result.per_second;
  figure.unit = "1/s";
  figure.p50 = result.p50;
  figure.p99 = result.p99;
  return figure;
}

Figure Skipped(const std::string& group, const std::string& name, const absl::Status& why) {
  Figure figure;
  figure.group = group;
  figure.name = name;
  figure.skipped = std::string(why.message());
  return figure;
}

// A client with an open session.
absl::StatusOr<std::unique_ptr<AgentClient>> OpenSession(const ClientOptions& options) {
  absl::StatusOr<std::unique_ptr<AgentClient>> client = AgentClient::Connect(options);
  if (!client.ok()) return client;
  const absl::Status opened = (*client)->AuthenticatedChannel().status();
  if (!opened.ok()) return opened;
  return client;
}

struct Way {
  std::string name;
  std::function<absl::Status()> once;
};

absl::StatusOr<Figures> MeasureWays(const BenchSettings& settings, const std::vector<Way>& ways) {
  Figures figures;
  for (const int threads : {1, kAtOnce}) {
    const std::string group = absl::StrCat("open a session over TLS, ", threads, " at once");
    std::vector<std::vector<LoadResult>> results(ways.size());
    for (int round = 0; round < settings.rounds; ++round) {
      for (size_t i = 0; i < ways.size(); ++i) {
        absl::StatusOr<LoadResult> result = RunCallLoad(ways[i].once, threads, settings.round_time);
        if (!result.ok()) return result.status();
        results[i].push_back(*result);
      }
    }
    const double limit = MedianOf(results[0]).per_second;
    for (size_t i = 0; i < ways.size(); ++i) {
      Figure figure = LoadFigure(group, ways[i].name, MedianOf(results[i]));
      if (i > 0) {
        figure.limit = limit;
        figure.limit_name = ways[0].name;
      }
      figures.push_back(std::move(figure));
    }
  }
  return figures;
}

absl::StatusOr<Figures> MeasureOpening(const BenchSettings& settings, const RealmAgent& agent) {
  const ClientOptions kerberos = agent.KerberosOptions();
  absl::StatusOr<std::unique_ptr<AgentClient>> first = OpenSession(kerberos);
  if (!first.ok()) return first.status();
  const ClientOptions password =
      agent.PasswordOptions((*first)->server_identity()->certificate_sha256);
  const auto opens = [](const ClientOptions& options) {
    return [&options] { return OpenSession(options).status(); };
  };
  return MeasureWays(settings,
                     {{"TLS alone (OpenSSL)", [&agent] { return ConnectTls(agent.port()); }},
                      {"Kerberos", opens(kerberos)},
                      {"password, of an indifferent PAM", opens(password)}});
}

absl::StatusOr<Figure> TimeCommands(int count, const std::string& name,
                                    const std::vector<std::string>& argv) {
  const absl::StatusOr<LoadResult> result =
      RunCallLoad([&] { return TimeCommand(argv).status(); }, 1, absl::Milliseconds(20) * count);
  if (!result.ok()) return result.status();
  Figure figure = LoadFigure("whole command with a handshake of its own", name, *result);
  figure.value = absl::ToDoubleMilliseconds(result->p50);
  figure.unit = "ms";
  return figure;
}

absl::StatusOr<Figures> MeasureCommands(const BenchSettings& settings, const RealmAgent& agent) {
  absl::StatusOr<Figure> proctor =
      TimeCommands(settings.commands, "proctor run -- true, Kerberos",
                   {PROCTOR_BIN_DIR "/proctor", "run", "--agent", agent.endpoint(), "--", "true"});
  if (!proctor.ok()) return proctor.status();
  const std::string name = "ssh, gssapi-with-mic: true";
  absl::StatusOr<std::string> keytab = agent.realm().AddService("host/localhost");
  if (!keytab.ok()) return keytab.status();
  std::vector<std::string> environment;
  for (const auto& [variable, value] : agent.realm().AcceptorEnvironment(*keytab)) {
    environment.push_back(absl::StrCat(variable, "=", value));
  }
  absl::StatusOr<std::unique_ptr<SshServer>> ssh = SshServer::Start(environment);
  if (!ssh.ok()) return Figures{*proctor, Skipped(proctor->group, name, ssh.status())};
  // This process's own cache is the other principal's.
  std::vector<std::string> command = (*ssh)->KerberosCommand("true");
  command.insert(command.begin(),
                 {"/usr/bin/env", absl::StrCat("KRB5CCNAME=", agent.realm().File("admin"))});
  absl::StatusOr<Figure> peer = TimeCommands(settings.commands, name, command);
  if (!peer.ok()) return Figures{*proctor, Skipped(proctor->group, name, peer.status())};
  proctor->limit = peer->value;
  proctor->limit_name = name;
  return Figures{*proctor, *peer};
}

void RaiseDescriptorLimit() {
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

absl::StatusOr<Figures> MeasureSessionMemory(const BenchSettings& settings,
                                             const RealmAgent& agent) {
  RaiseDescriptorLimit();
  const ClientOptions options = agent.KerberosOptions();
  absl::StatusOr<int64_t> before = SettledRss(agent.pid());
  if (!before.ok()) return before.status();
  std::vector<std::unique_ptr<AgentClient>> clients;
  for (int i = 0; i < settings.sessions; ++i) {
    absl::StatusOr<std::unique_ptr<AgentClient>> client = OpenSession(options);
    if (!client.ok()) return client.status();
    clients.push_back(*std::move(client));
  }
  absl::StatusOr<int64_t> after = SettledRss(agent.pid());
  if (!after.ok()) return after.status();
  Figure each;
  each.group = absl::StrCat(settings.sessions, " sessions at once");
  each.name = "per session, proctord";
  each.value = static_cast<double>(*after - *before) / settings.sessions;
  each.unit = "bytes";
  Figure all = each;
  all.name = "proctord, resident";
  all.value = static_cast<double>(*after) / 1e6;
  all.unit = "MB";
  return Figures{each, all};
}

absl::StatusOr<Figures> MeasureLookUp(const BenchSettings& settings) {
  SessionTable::Options options;
  options.max_per_principal = options.max_sessions;
  SessionTable table(options, Clock::Real());
  const auto caller = std::make_shared<const CallerToken>(TokenTestPeer::Caller(1000));
  std::string id;
  for (int i = 0; i < settings.sessions; ++i) {
    absl::StatusOr<NewSession> session = table.Create(caller, {"tls", "ipv4:127.0.0.1:1"});
    if (!session.ok()) return session.status();
    id = session->id;
  }
  // In batches: a look-up is not much longer than reading the clock.
  constexpr int kBatch = 1000;
  const auto look_up = [&]() -> absl::Status {
    for (int i = 0; i < kBatch; ++i) {
      const absl::Status found = table.Find(id, "tls", "ipv4:127.0.0.1:1").status();
      if (!found.ok()) return found;
    }
    return absl::OkStatus();
  };
  Figures figures;
  for (const int threads : {1, kAtOnce}) {
    absl::StatusOr<LoadResult> result = RunCallLoad(look_up, threads, settings.round_time);
    if (!result.ok()) return result.status();
    Figure figure;
    figure.group = absl::StrCat(settings.sessions, " sessions at once");
    figure.name = absl::StrCat("finding one, ", threads, threads == 1 ? " thread" : " threads");
    figure.value = 1e9 / (result->per_second * kBatch);
    figure.unit = "ns";
    figures.push_back(std::move(figure));
  }
  return figures;
}

}  // namespace

absl::StatusOr<Figures> MeasureHandshake(const BenchSettings& settings) {
  absl::StatusOr<std::unique_ptr<RealmAgent>> agent = RealmAgent::Start();
  if (absl::IsFailedPrecondition(agent.status())) {
    return Figures{Skipped("open a session over TLS", "all", agent.status())};
  }
  if (!agent.ok()) return agent.status();
  Figures figures;
  for (const absl::StatusOr<Figures>& part :
       {MeasureOpening(settings, **agent), MeasureCommands(settings, **agent),
        MeasureSessionMemory(settings, **agent), MeasureLookUp(settings)}) {
    if (!part.ok()) return part.status();
    figures.insert(figures.end(), part->begin(), part->end());
  }
  return figures;
}

}  // namespace proctor::bench
