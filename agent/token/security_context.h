#ifndef PROCTOR_AGENT_TOKEN_SECURITY_CONTEXT_H_
#define PROCTOR_AGENT_TOKEN_SECURITY_CONTEXT_H_

namespace proctor {

// What the operating system needs to run a process as somebody: a credential set on POSIX, a token
// handle on Windows. Each platform derives its own; only its pipeline and its job host link look
// inside. Immutable and shared.
class SecurityContext {
 public:
  SecurityContext() = default;
  SecurityContext(const SecurityContext&) = delete;
  SecurityContext& operator=(const SecurityContext&) = delete;
  virtual ~SecurityContext() = default;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_SECURITY_CONTEXT_H_
