#include "tests/bench/output_benchmark.h"

#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/os_error.h"
#include "tests/bench/agent_process.h"
#include "tests/bench/bare_server.h"
#include "tests/bench/child_process.h"
#include "tests/bench/load_result.h"

namespace proctor::bench {
namespace {

constexpr uint64_t kWriteSize = 65536;

struct Transfer {
  uint64_t bytes = 0;
  uint64_t chunks = 0;
  absl::Duration time;
};

std::string WriterCommand(uint64_t bytes) {
  return absl::StrCat("exec dd if=/dev/zero bs=", kWriteSize, " count=", bytes / kWriteSize,
                      " status=none");
}

// A Run through the client library until its last message; counts the bytes that come.
absl::StatusOr<Transfer> Stream(AgentClient* client, const v1::LaunchSpec& spec) {
  Transfer transfer;
  RunCallbacks callbacks;
  callbacks.on_output = [&transfer](const v1::OutputChunk& chunk) {
    transfer.bytes += chunk.data().size();
    ++transfer.chunks;
  };
  const absl::Duration start = Clock::Real()->Monotonic();
  const absl::Status run = client->Run(spec, callbacks).status();
  transfer.time = Clock::Real()->Monotonic() - start;
  if (!run.ok()) return run;
  return transfer;
}

v1::LaunchSpec WriterSpec(uint64_t bytes) {
  v1::LaunchSpec spec = SpecOf("/bin/sh");
  spec.add_argv("-c");
  spec.add_argv(WriterCommand(bytes));
  spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(bytes);
  return spec;
}

double MegabytesPerSecond(uint64_t bytes, absl::Duration time) {
  return static_cast<double>(bytes) / 1e6 / absl::ToDoubleSeconds(time);
}

Figure Rate(const std::string& name, std::vector<double> rounds) {
  Figure figure;
  figure.group = "streamed output";
  figure.name = name;
  figure.value = Median(std::move(rounds));
  figure.unit = "MB/s";
  return figure;
}

}  // namespace

absl::StatusOr<std::vector<Figure>> MeasureOutput(const BenchSettings& settings) {
  absl::StatusOr<std::unique_ptr<AgentProcess>> agent = AgentProcess::Start("auto");
  if (!agent.ok()) return agent.status();
  std::string directory = "/tmp/proctor-bench-bare.XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) return OsErrorStatus("mkdtemp", errno, directory);
  const std::string socket = absl::StrCat(directory, "/bare.sock");
  absl::StatusOr<ChildProcess> server = StartBareServer(absl::StrCat("unix:", socket));
  if (!server.ok()) return server.status();
  ClientOptions options;
  options.target = absl::StrCat("unix:", socket);
  absl::StatusOr<std::unique_ptr<AgentClient>> bare = AgentClient::Connect(options);
  if (!bare.ok()) return bare.status();

  std::vector<double> ours;
  std::vector<double> bare_stream;
  std::vector<double> pipe;
  for (int round = 0; round < settings.output_rounds; ++round) {
    absl::StatusOr<Transfer> run = Stream(&(*agent)->client(), WriterSpec(settings.output_bytes));
    if (!run.ok()) return run.status();
    if (run->bytes != settings.output_bytes) {
      return absl::DataLossError(absl::StrCat("a job wrote ", settings.output_bytes,
                                              " bytes, its client got ", run->bytes));
    }
    ours.push_back(MegabytesPerSecond(run->bytes, run->time));
    v1::LaunchSpec plain = SpecOf(absl::StrCat(settings.output_bytes));
    plain.add_argv(absl::StrCat(run->bytes / run->chunks));
    absl::StatusOr<Transfer> streamed = Stream(bare->get(), plain);
    if (!streamed.ok()) return streamed.status();
    bare_stream.push_back(MegabytesPerSecond(streamed->bytes, streamed->time));
    absl::StatusOr<absl::Duration> cat = TimeCommand(
        {"/bin/sh", "-c", absl::StrCat("(", WriterCommand(settings.output_bytes), ") | cat")});
    if (!cat.ok()) return cat.status();
    pipe.push_back(MegabytesPerSecond(settings.output_bytes, *cat));
  }
  server->Stop(absl::Seconds(5));
  ::unlink(socket.c_str());
  ::rmdir(directory.c_str());

  std::vector<Figure> figures = {Rate("pipe to cat", pipe),
                                 Rate("bare gRPC stream, same chunks", bare_stream),
                                 Rate("Run, to the client", ours)};
  figures[2].limit = figures[1].value;
  figures[2].limit_name = figures[1].name;
  return figures;
}

}  // namespace proctor::bench
