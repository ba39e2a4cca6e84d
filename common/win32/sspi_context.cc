#include "common/win32/sspi_context.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// Of every message of NTLM ([MS-NLMP] 2.2.1), also inside SPNEGO.
constexpr absl::string_view kNtlmSignature("NTLMSSP\0", 8);

std::string ChannelBindings(absl::string_view binding) {
  const std::string data = EndPointBindingData(binding);
  SEC_CHANNEL_BINDINGS header = {};
  header.cbApplicationDataLength = static_cast<DWORD>(data.size());
  header.dwApplicationDataOffset = sizeof(header);
  return absl::StrCat(absl::string_view(reinterpret_cast<const char*>(&header), sizeof(header)),
                      data);
}

SecBuffer BufferOf(DWORD type, std::string* bytes) {
  return SecBuffer{static_cast<DWORD>(bytes->size()), type, bytes->data()};
}

bool IsContext(const CtxtHandle& handle) {
  return SecIsValidHandle(&handle) && (handle.dwLower != 0 || handle.dwUpper != 0);
}

}  // namespace

SspiContext::SspiContext(Requirements requirements, std::shared_ptr<SspiCredentials> credentials,
                         absl::string_view binding)
    : NegotiateContext(requirements),
      credentials_(std::move(credentials)),
      allow_ntlm_(requirements.allow_ntlm),
      bindings_(ChannelBindings(binding)) {
  SecInvalidateHandle(&context_);
}

SspiContext::~SspiContext() {
  if (IsContext(context_)) credentials_->functions()->DeleteSecurityContext(&context_);
}

absl::Status SspiContext::Failed(absl::string_view call, SECURITY_STATUS status) const {
  return SecurityStatus(credentials_->end(), call, status, subject());
}

absl::Status SspiContext::CheckNotNtlm(absl::string_view token) const {
  if (allow_ntlm_ || !absl::StrContains(token, kNtlmSignature)) return absl::OkStatus();
  v1::FailureDetail detail;
  detail.set_call(call());
  detail.set_subject(subject());
  detail.set_advice(
      "Kerberos needs a domain: both machines in one, the caller logged on to it, and the agent "
      "called by the name that its service principal has.");
  return WithFailureDetail(
      absl::UnauthenticatedError("Negotiate settled on NTLM, which is not allowed here"), detail);
}

SECURITY_STATUS SspiContext::RunLeg(absl::string_view token, std::string* answer, Leg* leg) {
  std::string taken(token);
  SecBuffer inputs[2] = {BufferOf(SECBUFFER_CHANNEL_BINDINGS, &bindings_),
                         BufferOf(SECBUFFER_TOKEN, &taken)};
  // The token first, where there is one: not every package looks further.
  if (!taken.empty()) std::swap(inputs[0], inputs[1]);
  SecBufferDesc input = {SECBUFFER_VERSION, taken.empty() ? 1U : 2U, inputs};
  answer->resize(credentials_->max_token());
  SecBuffer output_buffer = BufferOf(SECBUFFER_TOKEN, answer);
  SecBufferDesc output = {SECBUFFER_VERSION, 1, &output_buffer};
  CtxtHandle next;
  SecInvalidateHandle(&next);
  const bool first = !IsContext(context_);
  leg->current = first ? nullptr : &context_;
  leg->input = &input;
  leg->next = first ? &next : &context_;
  leg->output = &output;
  SECURITY_STATUS status = Advance(leg);
  if (first) context_ = next;
  const bool completing = status == SEC_I_COMPLETE_NEEDED || status == SEC_I_COMPLETE_AND_CONTINUE;
  if (completing) {
    const SECURITY_STATUS completed =
        credentials_->functions()->CompleteAuthToken(&context_, &output);
    if (completed != SEC_E_OK) return completed;
    status = status == SEC_I_COMPLETE_NEEDED ? SEC_E_OK : SEC_I_CONTINUE_NEEDED;
  }
  answer->resize(std::min<size_t>(answer->size(), output_buffer.cbBuffer));
  return status;
}

absl::StatusOr<NegotiateStep> SspiContext::DoStep(absl::string_view token, NegotiateFacts* facts) {
  if (absl::Status allowed = CheckNotNtlm(token); !allowed.ok()) return allowed;
  NegotiateStep step;
  Leg leg = {};
  const SECURITY_STATUS status = RunLeg(token, &step.token, &leg);
  if (status != SEC_E_OK && status != SEC_I_CONTINUE_NEEDED) return Failed(call(), status);
  if (absl::Status allowed = CheckNotNtlm(step.token); !allowed.ok()) return allowed;
  step.complete = status == SEC_E_OK;
  if (!step.complete) return step;
  const absl::StatusOr<NegotiatedProtocol> package = Package();
  if (!package.ok()) return package.status();
  facts->protocol = *package;
  facts->expires = FromSecurityTime(leg.expiry);
  if (absl::Status read = ReadFacts(leg.flags, facts); !read.ok()) return read;
  return step;
}

absl::StatusOr<NegotiatedProtocol> SspiContext::Package() {
  SecurityFunctions* const functions = credentials_->functions();
  SecPkgContext_NegotiationInfoW info = {};
  const SECURITY_STATUS status =
      functions->QueryContextAttributesW(&context_, SECPKG_ATTR_NEGOTIATION_INFO, &info);
  if (status != SEC_E_OK) return Failed("QueryContextAttributesW(NEGOTIATION_INFO)", status);
  std::string name;
  if (info.PackageInfo != nullptr) {
    name = FromUtf16(info.PackageInfo->Name);
    functions->FreeContextBuffer(info.PackageInfo);
  }
  if (name == "Kerberos") return NegotiatedProtocol::kKerberos;
  if (name == "NTLM") return NegotiatedProtocol::kNtlm;
  return absl::UnauthenticatedError(
      absl::StrCat("Negotiate settled on '", name, "', which is neither Kerberos nor NTLM"));
}

std::string SspiContext::NativeClientName() {
  SecurityFunctions* const functions = credentials_->functions();
  SecPkgContext_NativeNamesW names = {};
  if (functions->QueryContextAttributesW(&context_, SECPKG_ATTR_NATIVE_NAMES, &names) != SEC_E_OK) {
    return "";
  }
  std::string client;
  if (names.sClientName != nullptr) {
    client = FromUtf16(names.sClientName);
    functions->FreeContextBuffer(names.sClientName);
  }
  if (names.sServerName != nullptr) functions->FreeContextBuffer(names.sServerName);
  return client;
}

absl::StatusOr<SecPkgContext_Sizes> SspiContext::Sizes() {
  SecPkgContext_Sizes sizes = {};
  const SECURITY_STATUS status =
      credentials_->functions()->QueryContextAttributesW(&context_, SECPKG_ATTR_SIZES, &sizes);
  if (status != SEC_E_OK) return Failed("QueryContextAttributesW(SIZES)", status);
  return sizes;
}

absl::StatusOr<std::string> SspiContext::DoSign(absl::string_view message) {
  const absl::StatusOr<SecPkgContext_Sizes> sizes = Sizes();
  if (!sizes.ok()) return sizes.status();
  std::string data(message);
  std::string signature(sizes->cbMaxSignature, '\0');
  SecBuffer buffers[2] = {BufferOf(SECBUFFER_DATA, &data), BufferOf(SECBUFFER_TOKEN, &signature)};
  SecBufferDesc described = {SECBUFFER_VERSION, 2, buffers};
  const SECURITY_STATUS status =
      credentials_->functions()->MakeSignature(&context_, 0, &described, 0);
  if (status != SEC_E_OK) return Failed("MakeSignature", status);
  signature.resize(std::min<size_t>(signature.size(), buffers[1].cbBuffer));
  return signature;
}

absl::Status SspiContext::DoVerify(absl::string_view message, absl::string_view signature) {
  std::string data(message);
  std::string token(signature);
  SecBuffer buffers[2] = {BufferOf(SECBUFFER_DATA, &data), BufferOf(SECBUFFER_TOKEN, &token)};
  SecBufferDesc described = {SECBUFFER_VERSION, 2, buffers};
  ULONG quality = 0;
  const SECURITY_STATUS status =
      credentials_->functions()->VerifySignature(&context_, &described, 0, &quality);
  if (status != SEC_E_OK) return Failed("VerifySignature", status);
  return absl::OkStatus();
}

}  // namespace proctor
