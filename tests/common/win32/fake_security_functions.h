#ifndef PROCTOR_TESTS_COMMON_WIN32_FAKE_SECURITY_FUNCTIONS_H_
#define PROCTOR_TESTS_COMMON_WIN32_FAKE_SECURITY_FUNCTIONS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/win32/security_functions.h"

namespace proctor {

// SSPI as a test wants it to be: what it says is set here, what it was asked is written down, and
// what it gave away and did not get back is counted. The innermost one counts: the table's
// functions have no argument of their own.
class FakeSecurityFunctions {
 public:
  FakeSecurityFunctions();
  ~FakeSecurityFunctions();
  FakeSecurityFunctions(const FakeSecurityFunctions&) = delete;
  FakeSecurityFunctions& operator=(const FakeSecurityFunctions&) = delete;

  SecurityFunctions* table() const { return &table_; }
  // A token of this process's user.
  static HANDLE OwnToken(TOKEN_TYPE type, SECURITY_IMPERSONATION_LEVEL level);

  // What InitializeSecurityContextW and AcceptSecurityContext come to, leg by leg.
  struct Answer {
    SECURITY_STATUS status = SEC_E_OK;
    std::string token;
  };
  std::vector<Answer> answers;
  ULONG flags = 0;
  TimeStamp expiry = {};
  std::wstring package = L"Kerberos";
  std::wstring target = L"proctor/agent.test";
  std::function<HANDLE()> client_token;
  // By the name of the function, or of the attribute: "FREE" calls do not fail.
  std::map<std::string, SECURITY_STATUS> failures;

  // What was asked.
  std::vector<ULONG> asked_flags;
  std::vector<std::wstring> asked_targets;
  std::vector<std::string> application_data;  // Of the channel bindings of each leg.
  std::vector<std::string> taken_tokens;
  std::wstring asked_package;
  ULONG credential_use = 0;
  int completed_tokens = 0;
  int acquisitions = 0;
  std::vector<HANDLE> given_tokens;

  // What is out.
  int credentials = 0;
  int contexts = 0;
  int buffers = 0;
  bool nothing_is_out() const { return credentials == 0 && contexts == 0 && buffers == 0; }

 private:
  static SECURITY_STATUS SEC_ENTRY QueryPackage(SEC_WCHAR* name, PSecPkgInfoW* info);
  static SECURITY_STATUS SEC_ENTRY Acquire(SEC_WCHAR*, SEC_WCHAR* package, unsigned long use, void*,
                                           void*, SEC_GET_KEY_FN, void*, PCredHandle handle,
                                           PTimeStamp expiry);
  static SECURITY_STATUS SEC_ENTRY FreeCredentials(PCredHandle handle);
  static SECURITY_STATUS SEC_ENTRY FreeBuffer(void* buffer);
  static SECURITY_STATUS SEC_ENTRY Initialize(PCredHandle, PCtxtHandle current, SEC_WCHAR* target,
                                              unsigned long flags, unsigned long, unsigned long,
                                              PSecBufferDesc input, unsigned long, PCtxtHandle next,
                                              PSecBufferDesc output, unsigned long* attributes,
                                              PTimeStamp expiry);
  static SECURITY_STATUS SEC_ENTRY Accept(PCredHandle, PCtxtHandle current, PSecBufferDesc input,
                                          unsigned long flags, unsigned long, PCtxtHandle next,
                                          PSecBufferDesc output, unsigned long* attributes,
                                          PTimeStamp expiry);
  static SECURITY_STATUS SEC_ENTRY CompleteToken(PCtxtHandle, PSecBufferDesc);
  static SECURITY_STATUS SEC_ENTRY Delete(PCtxtHandle);
  static SECURITY_STATUS SEC_ENTRY QueryContext(PCtxtHandle, unsigned long attribute, void* value);
  static SECURITY_STATUS SEC_ENTRY QueryCredentials(PCredHandle, unsigned long, void* value);
  static SECURITY_STATUS SEC_ENTRY QueryToken(PCtxtHandle, void** token);
  static SECURITY_STATUS SEC_ENTRY Sign(PCtxtHandle, unsigned long, PSecBufferDesc message,
                                        unsigned long);
  static SECURITY_STATUS SEC_ENTRY Verify(PCtxtHandle, PSecBufferDesc message, unsigned long,
                                          unsigned long*);

  SECURITY_STATUS Leg(PCtxtHandle current, PSecBufferDesc input, ULONG asked, PCtxtHandle next,
                      PSecBufferDesc output, ULONG* attributes, PTimeStamp time);
  SECURITY_STATUS FailureOf(const std::string& name) const;
  // A buffer that FreeContextBuffer takes back.
  wchar_t* Text(const std::wstring& text);

  FakeSecurityFunctions* const outer_;
  SecurityFunctionTableW table_ = {};
  size_t legs_ = 0;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_COMMON_WIN32_FAKE_SECURITY_FUNCTIONS_H_
