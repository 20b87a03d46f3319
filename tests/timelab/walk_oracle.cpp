// Drips: each step once, in order, never early, in its hours and weekdays, one a day of the person.
#include "timelab/oracle_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace milkrun::timelab {
namespace {

constexpr Millis minute{60'000}, hour{3'600'000};

Time at_or_after(const Wall& wall, int at, Time t) {
  for (int d = 0; d < 3; ++d)
    if (const Time x = wall.first(plus_days(wall.date(t), d), at); x >= t) return x;
  return t;
}

Time planned(const Step& s, const Wall& wall, Time previous, Time started) {
  const Time base = s.from_enrollment ? started : previous;
  if (s.unit == "minutes" || s.unit == "hours") {
    const Time t = base + s.value * (s.unit == "hours" ? hour : minute);
    return s.at ? at_or_after(wall, *s.at, t) : t;
  }
  const int days = s.unit == "weeks" ? 7 * s.value : s.value;
  if (!s.at) return wall.first(plus_days(wall.date(base), days), wall.minutes(base));
  return days == 0 ? at_or_after(wall, *s.at, base) : wall.first(plus_days(wall.date(base), days), *s.at);
}

bool is_open(const Campaign& c, const Wall& wall, Time t) {
  static constexpr std::array names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
  const int shown = wall.minutes(t);
  int weekday = wall.weekday(t);
  if (c.from < c.until && (shown < c.from || shown >= c.until)) return false;
  if (c.from > c.until && shown < c.from) {
    if (shown >= c.until) return false;
    weekday = (weekday + 6) % 7; // it opened yesterday
  }
  return c.weekdays.empty() || std::ranges::count(c.weekdays, names.at(static_cast<std::size_t>(weekday))) > 0;
}

} // namespace

std::string judge_walk(const Walk& walk, const std::vector<Heard>& heard, const Cron& cron) {
  const Person& p = *walk.person;
  const Wall& wall = *p.wall;
  Listener listener(heard);
  const auto left = [&](Time t) {
    return (p.opts_out && *p.opts_out <= t) || (p.replies && *p.replies <= t && *p.replies > walk.starts);
  };
  const auto may_speak = [&](Time t) {
    return is_open(*walk.campaign, wall, t) && (!listener.last() || wall.date(*listener.last()) != wall.date(t));
  };
  if (!p.consents) return listener.end();
  Time previous = walk.starts, tick = cron.next(walk.starts);
  for (const Step& s : walk.campaign->steps) {
    previous = planned(s, wall, previous, walk.starts);
    const Time due = s.at ? at_or_after(wall, *s.at, previous) : previous;
    tick = std::max(tick, cron.next(due));
    while (!left(tick) && !may_speak(tick)) tick = cron.next(tick + minute);
    if (left(tick)) break;
    if (std::string wrong = listener.expect(tick, fmt::format("{} {}", walk.campaign->slug, s.slug)); !wrong.empty())
      return wrong;
  }
  return listener.end();
}

} // namespace milkrun::timelab
