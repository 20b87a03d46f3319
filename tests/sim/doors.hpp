// Where the simulated process touches the world. Each touch is a step; at a chosen one it dies, or stands still while
// others go on.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace milkrun::sim {

struct Clock final : milkrun::Clock {
  Time at;
  explicit Clock(Time start) : at(start) {}
  Time now() const override { return at; }
  std::chrono::steady_clock::time_point monotonic() const override {
    return std::chrono::steady_clock::time_point(at.time_since_epoch());
  }
};

// What happened, in order, as one number; as lines too when somebody wants to read it.
class Trace {
public:
  explicit Trace(bool lines = false) : print_(lines) {}
  void add(Time at, std::string_view what);
  std::uint64_t hash() const { return hash_; }

private:
  bool print_;
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

// The process is gone: thrown through everything, and no std::exception, so that nobody handles it.
struct Kill {};

// What the invariants that are checked on the way have found.
class Findings {
public:
  void add(std::string what) {
    if (all_.size() < 20) all_.push_back(std::move(what));
  }
  bool empty() const { return all_.empty(); }
  const std::vector<std::string>& all() const { return all_; }

private:
  std::vector<std::string> all_;
};

// One run's doors.
class Doors {
public:
  Doors(Clock& clock, Trace& trace, Findings& findings)
      : clock_(clock), trace_(trace), findings_(findings), begun_(clock.now()) {}

  std::int64_t most_steps = 20'000;
  std::int64_t kill_at = 0;     // the step; 0: never
  std::int64_t freeze_at = 0;   // from this step on, at the first place where no lock is held
  std::function<void()> freeze; // what goes on meanwhile

  void step(std::string_view where);
  // A step at which the process may stand still.
  void open_step(std::string_view where);
  std::int64_t steps() const { return steps_; }

private:
  Clock& clock_;
  Trace& trace_;
  Findings& findings_;
  const Time begun_;
  std::int64_t steps_ = 0;
  int restless_ = 0;
};

} // namespace milkrun::sim
