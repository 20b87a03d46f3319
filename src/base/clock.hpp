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
  // `ahead` of the machine's time: for tests of hours and days, a run never sets it.
  explicit SystemClock(std::chrono::seconds ahead = {}) : ahead_(ahead) {}
  Time now() const override { return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()) + ahead_; }
  std::chrono::steady_clock::time_point monotonic() const override { return std::chrono::steady_clock::now(); }

private:
  std::chrono::seconds ahead_;
};

} // namespace milkrun
