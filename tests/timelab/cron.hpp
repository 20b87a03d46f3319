// A machine that starts the jobs every five minutes, except when it is off.
#pragma once

#include "sim/dice.hpp"
#include "sim/doors.hpp"

#include <vector>

namespace milkrun::timelab {

class Cron {
public:
  static constexpr Millis every{300'000};

  // `outages`: of hours, and as many of days.
  Cron(Time from, Time until, int outages, sim::Dice& dice);

  // The first start at or after t.
  Time next(Time t) const;
  Time from() const { return from_; }
  Time until() const { return until_; }

private:
  struct Off {
    Time from, until;
  };
  const Time from_, until_;
  std::vector<Off> off_;
};

} // namespace milkrun::timelab
