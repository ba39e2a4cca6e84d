#include "tests/common/win32/fake_security_functions.h"

#include <cstdlib>
#include <cstring>

#include "common/win32/unique_handle.h"

namespace proctor {
namespace {

FakeSecurityFunctions* current = nullptr;
constexpr ULONG kMaxToken = 4096;

std::string Bytes(const SecBuffer& buffer) {
  return std::string(static_cast<const char*>(buffer.pvBuffer), buffer.cbBuffer);
}

std::string ApplicationData(const SecBuffer& buffer) {
  SEC_CHANNEL_BINDINGS header;
  std::memcpy(&header, buffer.pvBuffer, sizeof(header));
  return Bytes(buffer).substr(header.dwApplicationDataOffset, header.cbApplicationDataLength);
}

std::string Mac(const std::string& message) { return "signed: " + message; }

}  // namespace

FakeSecurityFunctions::FakeSecurityFunctions() : outer_(current) {
  current = this;
  table_.dwVersion = SECURITY_SUPPORT_PROVIDER_INTERFACE_VERSION;
  table_.QuerySecurityPackageInfoW = &QueryPackage;
  table_.AcquireCredentialsHandleW = &Acquire;
  table_.FreeCredentialsHandle = &FreeCredentials;
  table_.FreeContextBuffer = &FreeBuffer;
  table_.InitializeSecurityContextW = &Initialize;
  table_.AcceptSecurityContext = &Accept;
  table_.CompleteAuthToken = &CompleteToken;
  table_.DeleteSecurityContext = &Delete;
  table_.QueryContextAttributesW = &QueryContext;
  table_.QueryCredentialsAttributesW = &QueryCredentials;
  table_.QuerySecurityContextToken = &QueryToken;
  table_.MakeSignature = &Sign;
  table_.VerifySignature = &Verify;
  client_token = [] { return OwnToken(TokenImpersonation, SecurityImpersonation); };
}

FakeSecurityFunctions::~FakeSecurityFunctions() { current = outer_; }

HANDLE FakeSecurityFunctions::OwnToken(TOKEN_TYPE type, SECURITY_IMPERSONATION_LEVEL level) {
  UniqueHandle process;
  ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, process.receive());
  HANDLE token = nullptr;
  ::DuplicateTokenEx(process.get(), MAXIMUM_ALLOWED, nullptr, level, type, &token);
  return token;
}

SECURITY_STATUS FakeSecurityFunctions::FailureOf(const std::string& name) const {
  const auto failure = failures.find(name);
  return failure == failures.end() ? SEC_E_OK : failure->second;
}

wchar_t* FakeSecurityFunctions::Text(const std::wstring& text) {
  ++buffers;
  auto* const copy = static_cast<wchar_t*>(std::malloc((text.size() + 1) * sizeof(wchar_t)));
  std::memcpy(copy, text.c_str(), (text.size() + 1) * sizeof(wchar_t));
  return copy;
}

SECURITY_STATUS FakeSecurityFunctions::QueryPackage(SEC_WCHAR*, PSecPkgInfoW* info) {
  if (SECURITY_STATUS failed = current->FailureOf("QuerySecurityPackageInfoW")) return failed;
  ++current->buffers;
  *info = static_cast<PSecPkgInfoW>(std::calloc(1, sizeof(SecPkgInfoW)));
  (*info)->cbMaxToken = kMaxToken;
  return SEC_E_OK;
}

SECURITY_STATUS FakeSecurityFunctions::Acquire(SEC_WCHAR*, SEC_WCHAR* package, unsigned long use,
                                               void*, void*, SEC_GET_KEY_FN, void*,
                                               PCredHandle handle, PTimeStamp expiry) {
  ++current->acquisitions;
  current->asked_package = package;
  current->credential_use = use;
  if (SECURITY_STATUS failed = current->FailureOf("AcquireCredentialsHandleW")) return failed;
  ++current->credentials;
  handle->dwLower = handle->dwUpper = 1;
  *expiry = current->expiry;
  return SEC_E_OK;
}

SECURITY_STATUS FakeSecurityFunctions::FreeCredentials(PCredHandle) {
  --current->credentials;
  return SEC_E_OK;
}

SECURITY_STATUS FakeSecurityFunctions::FreeBuffer(void* buffer) {
  --current->buffers;
  std::free(buffer);
  return SEC_E_OK;
}

SECURITY_STATUS FakeSecurityFunctions::Leg(PCtxtHandle before, PSecBufferDesc input, ULONG asked,
                                           PCtxtHandle next, PSecBufferDesc output,
                                           ULONG* attributes, PTimeStamp time) {
  asked_flags.push_back(asked);
  std::string data = "none";
  std::string token;
  for (ULONG i = 0; i < input->cBuffers; ++i) {
    const SecBuffer& buffer = input->pBuffers[i];
    if (buffer.BufferType == SECBUFFER_CHANNEL_BINDINGS) data = ApplicationData(buffer);
    if (buffer.BufferType == SECBUFFER_TOKEN) token = Bytes(buffer);
  }
  application_data.push_back(data);
  taken_tokens.push_back(token);
  const Answer answer = answers.at(legs_++);
  if (answer.status < 0) return answer.status;
  if (before == nullptr) {
    ++contexts;
    next->dwLower = next->dwUpper = 7;
  }
  SecBuffer& out = output->pBuffers[0];
  std::memcpy(out.pvBuffer, answer.token.data(), answer.token.size());
  out.cbBuffer = static_cast<ULONG>(answer.token.size());
  *attributes = flags;
  *time = expiry;
  return answer.status;
}

SECURITY_STATUS FakeSecurityFunctions::Initialize(PCredHandle, PCtxtHandle before,
                                                  SEC_WCHAR* target, unsigned long asked,
                                                  unsigned long, unsigned long,
                                                  PSecBufferDesc input, unsigned long,
                                                  PCtxtHandle next, PSecBufferDesc output,
                                                  unsigned long* attributes, PTimeStamp expiry) {
  current->asked_targets.push_back(target);
  return current->Leg(before, input, asked, next, output, attributes, expiry);
}

SECURITY_STATUS FakeSecurityFunctions::Accept(PCredHandle, PCtxtHandle before, PSecBufferDesc input,
                                              unsigned long asked, unsigned long, PCtxtHandle next,
                                              PSecBufferDesc output, unsigned long* attributes,
                                              PTimeStamp expiry) {
  return current->Leg(before, input, asked, next, output, attributes, expiry);
}

SECURITY_STATUS FakeSecurityFunctions::CompleteToken(PCtxtHandle, PSecBufferDesc) {
  ++current->completed_tokens;
  return current->FailureOf("CompleteAuthToken");
}

SECURITY_STATUS FakeSecurityFunctions::Delete(PCtxtHandle) {
  --current->contexts;
  return SEC_E_OK;
}

SECURITY_STATUS FakeSecurityFunctions::QueryContext(PCtxtHandle, unsigned long attribute,
                                                    void* value) {
  switch (attribute) {
    case SECPKG_ATTR_NEGOTIATION_INFO: {
      if (SECURITY_STATUS failed = current->FailureOf("NEGOTIATION_INFO")) return failed;
      auto* const info = static_cast<SecPkgContext_NegotiationInfoW*>(value);
      info->NegotiationState = SECPKG_NEGOTIATION_COMPLETE;
      ++current->buffers;
      info->PackageInfo = static_cast<PSecPkgInfoW>(std::calloc(1, sizeof(SecPkgInfoW)));
      info->PackageInfo->Name = current->package.data();
      return SEC_E_OK;
    }
    case SECPKG_ATTR_CLIENT_SPECIFIED_TARGET:
      if (SECURITY_STATUS failed = current->FailureOf("CLIENT_SPECIFIED_TARGET")) return failed;
      static_cast<SecPkgContext_ClientSpecifiedTarget*>(value)->sTargetName =
          current->target.empty() ? nullptr : current->Text(current->target);
      return SEC_E_OK;
    case SECPKG_ATTR_NATIVE_NAMES:
      if (SECURITY_STATUS failed = current->FailureOf("NATIVE_NAMES")) return failed;
      static_cast<SecPkgContext_NativeNamesW*>(value)->sClientName =
          current->Text(L"alice@EXAMPLE.COM");
      static_cast<SecPkgContext_NativeNamesW*>(value)->sServerName =
          current->Text(L"proctor/agent.test@EXAMPLE.COM");
      return SEC_E_OK;
    case SECPKG_ATTR_SIZES:
      if (SECURITY_STATUS failed = current->FailureOf("SIZES")) return failed;
      static_cast<SecPkgContext_Sizes*>(value)->cbMaxSignature = 256;
      return SEC_E_OK;
    default:
      return SEC_E_UNSUPPORTED_FUNCTION;
  }
}

SECURITY_STATUS FakeSecurityFunctions::QueryCredentials(PCredHandle, unsigned long, void* value) {
  if (SECURITY_STATUS failed = current->FailureOf("QueryCredentialsAttributesW")) return failed;
  static_cast<SecPkgCredentials_NamesW*>(value)->sUserName = current->Text(L"alice@EXAMPLE.COM");
  return SEC_E_OK;
}

SECURITY_STATUS FakeSecurityFunctions::QueryToken(PCtxtHandle, void** token) {
  if (SECURITY_STATUS failed = current->FailureOf("QuerySecurityContextToken")) return failed;
  *token = current->client_token();
  current->given_tokens.push_back(*token);
  return SEC_E_OK;
}

SECURITY_STATUS FakeSecurityFunctions::Sign(PCtxtHandle, unsigned long, PSecBufferDesc message,
                                            unsigned long) {
  if (SECURITY_STATUS failed = current->FailureOf("MakeSignature")) return failed;
  const std::string mac = Mac(Bytes(message->pBuffers[0]));
  if (mac.size() > message->pBuffers[1].cbBuffer) return SEC_E_BUFFER_TOO_SMALL;
  std::memcpy(message->pBuffers[1].pvBuffer, mac.data(), mac.size());
  message->pBuffers[1].cbBuffer = static_cast<ULONG>(mac.size());
  return SEC_E_OK;
}

SECURITY_STATUS FakeSecurityFunctions::Verify(PCtxtHandle, PSecBufferDesc message, unsigned long,
                                              unsigned long*) {
  return Bytes(message->pBuffers[1]) == Mac(Bytes(message->pBuffers[0])) ? SEC_E_OK
                                                                         : SEC_E_MESSAGE_ALTERED;
}

}  // namespace proctor
