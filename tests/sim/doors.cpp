// Counting steps.
#include "sim/doors.hpp"

#include <cstdio>
#include <fmt/format.h>
#include <utility>

namespace milkrun::sim {
namespace {

constexpr Millis a_while{300'000}; // a run that takes all its steps in less than this does not end
constexpr int most_restless = 200; // transactions in a row with nothing sent and no rest between: a spin

} // namespace

void Trace::add(Time at, std::string_view what) {
  const std::string line = fmt::format("{} {}", to_ms(at), what);
  for (const char c : line) {
    hash_ ^= static_cast<unsigned char>(c);
    hash_ *= 0x100000001b3ULL;
  }
  if (print_) fmt::print("{}\n", line);
}

void Doors::step(std::string_view where) {
  ++steps_;
  if (steps_ == kill_at) {
    trace_.add(clock_.now(), fmt::format("KILL at {}", where));
    throw Kill{};
  }
  if (where == "begin") ++restless_;
  if (where == "submit" || where == "wait") restless_ = 0;
  if (restless_ == most_restless) {
    findings_.add(fmt::format("the run spins: {} transactions in a row, and nothing happens", restless_));
    throw Kill{};
  }
  if (steps_ == most_steps) {
    // One that waits long for others is ended here as by any death.
    if (clock_.now() - begun_ < a_while)
      findings_.add(fmt::format("the run does not end: {} steps, the last at {}", steps_, where));
    trace_.add(clock_.now(), "KILL of old age");
    throw Kill{};
  }
}

void Doors::open_step(std::string_view where) {
  step(where);
  if (freeze_at == 0 || steps_ < freeze_at || !freeze) return;
  trace_.add(clock_.now(), fmt::format("FREEZE at {}", where));
  freeze_at = 0;
  std::exchange(freeze, nullptr)();
  trace_.add(clock_.now(), "THAW");
}

} // namespace milkrun::sim
