#include "client/cli/command_line.h"
#include "client/cli/program.h"
#include "client/cli/session.h"
#include "common/openssl_configuration.h"
#include "common/protobuf_log.h"
#include "common/standard_descriptors.h"

PROCTOR_FILL_STANDARD_DESCRIPTORS(kUnusable)

int main(int argc, char** argv) {
  proctor::IgnoreOpensslConfiguration();
  proctor::SilenceProtobuf();
  proctor::cli::PrepareProgram();
  proctor::cli::Session session;
  const proctor::cli::CommandLine line(proctor::cli::ProgramArguments(argc, argv), &session);
  const int code = line.command() == nullptr ? line.exit_code() : line.command()->Execute(session);
  proctor::cli::EndProgram(code);
}
