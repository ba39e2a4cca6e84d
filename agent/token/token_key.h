#ifndef PROCTOR_AGENT_TOKEN_TOKEN_KEY_H_
#define PROCTOR_AGENT_TOKEN_TOKEN_KEY_H_

namespace proctor {

// Needed to construct a token of any stage. Only the pipelines can make one, so that a stage cannot
// be reached but through the one before it.
class TokenKey {
 private:
  TokenKey() = default;
  friend class PosixTokenPipeline;
  friend class Win32TokenPipeline;
  friend class TokenTestPeer;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_TOKEN_KEY_H_
