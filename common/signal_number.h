#ifndef PROCTOR_COMMON_SIGNAL_NUMBER_H_
#define PROCTOR_COMMON_SIGNAL_NUMBER_H_

namespace proctor {

// Signals as the API numbers them on every platform: as Linux does. Windows knows what these ask
// for (an interrupt, a polite end, an end) and refuses the rest.
inline constexpr int kSignalInterrupt = 2;
inline constexpr int kSignalKill = 9;
inline constexpr int kSignalTerminate = 15;

}  // namespace proctor

#endif  // PROCTOR_COMMON_SIGNAL_NUMBER_H_
