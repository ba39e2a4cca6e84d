#ifndef PROCTOR_AGENT_RPC_CALLBACK_QUEUE_H_
#define PROCTOR_AGENT_RPC_CALLBACK_QUEUE_H_

namespace proctor {

// Keeps the queue of gRPC's callback API from being taken down with the last server, which fails an
// assertion now and then while threads still come out of it (1.51): one server without a port stays
// for the life of the process. Before the first server.
void KeepCallbackQueue();

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_CALLBACK_QUEUE_H_
