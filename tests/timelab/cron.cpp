// Outages are drawn once; all looks see the same.
#include "timelab/cron.hpp"

#include <algorithm>

namespace milkrun::timelab {
namespace {

constexpr Millis hour{3'600'000};

Time tick_from(Time t) {
  return from_ms((to_ms(t) + Cron::every.count() - 1) / Cron::every.count() * Cron::every.count());
}

} // namespace

Cron::Cron(Time from, Time until, int outages, sim::Dice& dice) : from_(tick_from(from)), until_(until) {
  const int hours = static_cast<int>((until - from) / hour);
  for (const auto& [least, most] : {std::pair(1, 9), std::pair(24, 80)})
    for (int n = 0; n < outages; ++n) {
      const Time begins = from + dice.below(hours) * hour + Millis(dice.below(3'600'000));
      off_.push_back({begins, begins + dice.between(least, most) * hour});
    }
  std::ranges::sort(off_, {}, &Off::from);
}

Time Cron::next(Time t) const {
  Time tick = tick_from(std::max(t, from_));
  for (const Off& off : off_)
    if (off.from <= tick && tick < off.until) tick = tick_from(off.until);
  return tick;
}

} // namespace milkrun::timelab
