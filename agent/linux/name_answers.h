#ifndef PROCTOR_AGENT_LINUX_NAME_ANSWERS_H_
#define PROCTOR_AGENT_LINUX_NAME_ANSWERS_H_

namespace proctor {

// What proctord does as a name helper: answers the questions that come over the socket that is its
// standard input, until that ends. Returns the program's exit code. Before any other thread exists.
int ServeNames();

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_NAME_ANSWERS_H_
