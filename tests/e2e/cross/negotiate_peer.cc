// negotiate_peer initiate|accept SERVICE BINDING
//
// One end of a security context, for a test that carries the lines from one program to another, of
// whatever platform: "token HEX" until both are complete, then the acceptor's "signature HEX" and
// the initiator's, as in a handshake. BINDING is the "tls-server-end-point" hash in hexadecimal
// digits. Writes what it found to standard error; exits with 1 when the other end is not good.

#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/hex_bytes.h"
#include "common/negotiate_context.h"

namespace proctor {
namespace {

constexpr char kServerText[] = "what the server signs";
constexpr char kClientText[] = "what the client signs";

void Say(absl::string_view word, absl::string_view bytes) {
  std::printf("%s %s\n", std::string(word).c_str(), absl::BytesToHexString(bytes).c_str());
  std::fflush(stdout);
}

absl::StatusOr<std::string> Hear(absl::string_view word) {
  std::string line;
  if (!std::getline(std::cin, line)) return absl::UnavailableError("the other end is gone");
  absl::string_view digits = absl::StripSuffix(line, "\r");
  if (!absl::ConsumePrefix(&digits, absl::StrCat(word, " "))) {
    return absl::DataLossError(absl::StrCat("'", line, "' where '", word, "' was to come"));
  }
  return BytesOfHex(digits);
}

absl::Status SaySignature(NegotiateContext* context, const char* text) {
  const absl::StatusOr<std::string> signature = context->Sign(text);
  if (!signature.ok()) return signature.status();
  Say("signature", *signature);
  return absl::OkStatus();
}

absl::Status HearSignature(NegotiateContext* context, const char* text) {
  const absl::StatusOr<std::string> signature = Hear("signature");
  if (!signature.ok()) return signature.status();
  if (context->Verify("something else", *signature).ok()) {
    return absl::InternalError("a signature of something else verifies");
  }
  return context->Verify(text, *signature);
}

absl::Status Exchange(NegotiateContext* context, std::string token) {
  while (true) {
    const absl::StatusOr<NegotiateStep> step = context->Step(token);
    if (!step.ok()) return step.status();
    if (!step->token.empty()) Say("token", step->token);
    if (step->complete) return absl::OkStatus();
    absl::StatusOr<std::string> heard = Hear("token");
    if (!heard.ok()) return heard.status();
    token = *std::move(heard);
  }
}

absl::Status Initiate(const std::string& service, const std::string& binding) {
  NegotiateInitiatorOptions options;
  options.target = service;
  options.binding = binding;
  const absl::StatusOr<std::unique_ptr<NegotiateContext>> context = MakeNegotiateInitiator(options);
  if (!context.ok()) return context.status();
  absl::Status status = Exchange(context->get(), "");
  if (status.ok()) status = HearSignature(context->get(), kServerText);
  if (status.ok()) status = SaySignature(context->get(), kClientText);
  return status;
}

absl::Status Accept(const std::string& service, const std::string& binding) {
  NegotiateAcceptorOptions options;
  options.service_principal = service;
  const absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> acceptor =
      MakeNegotiateAcceptor(options);
  if (!acceptor.ok()) return acceptor.status();
  const absl::StatusOr<std::unique_ptr<NegotiateContext>> context = (*acceptor)->Accept(binding);
  if (!context.ok()) return context.status();
  const absl::StatusOr<std::string> token = Hear("token");
  if (!token.ok()) return token.status();
  absl::Status status = Exchange(context->get(), *token);
  if (status.ok()) status = SaySignature(context->get(), kServerText);
  if (status.ok()) status = HearSignature(context->get(), kClientText);
  if (!status.ok()) return status;
  std::fprintf(stderr, "client '%s' of '%s'\n", (*context)->facts().client_principal.c_str(),
               (*context)->facts().service_principal.c_str());
  return (*context)->TakeClient() != nullptr ? absl::OkStatus()
                                             : absl::InternalError("there is no client");
}

}  // namespace
}  // namespace proctor

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string binding = proctor::BytesOfHex(argv[3]).value();
  const absl::Status status = argv[1] == std::string("accept")
                                  ? proctor::Accept(argv[2], binding)
                                  : proctor::Initiate(argv[2], binding);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
