// Clocks on walls, told by the C library and by nothing of ours: what the product's zones are judged by.
#pragma once

#include "base/clock.hpp"

#include <string>
#include <vector>

namespace milkrun::timelab {

class Wall {
public:
  // Knows the zone's clock in [from, until).
  Wall(const std::string& zone, Time from, Time until);

  std::string date(Time t) const; // YYYY-MM-DD
  int minutes(Time t) const;      // since midnight, as the clock shows
  int weekday(Time t) const;      // 0 = Sunday
  // The first instant at which the clock shows this, or more where it never does.
  Time first(const std::string& date, int minutes) const;
  // When the clock was changed.
  std::vector<Time> changes() const;

private:
  struct Stretch { // of one offset
    Time from;
    Millis offset;
  };
  Time shown(Time t) const;
  std::vector<Stretch> stretches_;
};

// Dates by the C library.
std::string plus_days(const std::string& date, int days);
int weekday_of(const std::string& date); // 0 = Sunday

} // namespace milkrun::timelab
