// Tells whoever asked (RunOptions::progress) how far the run is, about twice a second. Private to src/run.
#pragma once

#include "run/turn.hpp"

#include <unordered_map>

namespace milkrun {

class Watch {
public:
  static constexpr Millis every{500};

  explicit Watch(const RunContext& run) : run_(run), begun_(run.rooms.clock.monotonic()), told_(begun_) {}

  bool wanted() const { return static_cast<bool>(run_.options.progress); }
  // What a committed turn came to.
  void count(const Tally& turn);

  struct Now {
    int in_flight = 0;
    std::unordered_map<std::string, int> calls = {}; // under way, by host
    std::optional<Time> next_at = {}, locked_since = {};
  };
  // Tells it when it is time to; `look` is asked only then.
  void tick(const std::function<Now()>& look);

private:
  std::int64_t due(Time now) const;

  const RunContext& run_;
  const std::chrono::steady_clock::time_point begun_;
  std::chrono::steady_clock::time_point told_;
  std::int64_t done_ = 0, waiting_ = 0;
};

} // namespace milkrun
