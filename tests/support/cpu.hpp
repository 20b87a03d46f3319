// Bounds on the CPU time that a hostile input may cost: seconds of this thread, which no busy machine makes longer.
#pragma once

#include <ctime>

namespace milkrun::test {

inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// What is allowed is said for a release build. Sanitizers and unoptimized code take some ten times as much, twice that
// on a busy machine, and a fault of the kind that is looked for a hundred times.
constexpr double cpu_limit(double release_seconds) {
#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
  return 40 * release_seconds;
#else
  return release_seconds;
#endif
}

} // namespace milkrun::test
