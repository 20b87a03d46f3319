// Time is a service: everything that asks for the time takes a Clock, so that one fake can move it.
#pragma once

#include <chrono>
#include <cstdint>

namespace milkrun {

// Wall-clock time, UTC, in milliseconds: the only form in which times are stored.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Millis = std::chrono::milliseconds;

inline std::int64_t to_ms(Time t) { return t.time_since_epoch().count(); }
inline Time from_ms(std::int64_t ms) { return Time(Millis(ms)); }

class Clock {
public:
  virtual ~Clock() = default;
  // UTC wall clock: what is stored and shown.
  virtual Time now() const = 0;
  // Never goes backwards: leases, timeouts and waits.
  virtual std::chrono::steady_clock::time_point monotonic() const = 0;
};

class SystemClock final : public Clock {
public:
  Time now() const override { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()); }
  std::chrono::steady_clock::time_point monotonic() const override { return std::chrono::steady_clock::now(); }
};

} // namespace milkrun
