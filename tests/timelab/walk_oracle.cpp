// Drips: each step once, in order, never early, in its hours and weekdays by the walk's clock, one a day of the person,
// and never close to one that went late.
#include "timelab/oracle_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace milkrun::timelab {
namespace {

constexpr Millis minute{60'000}, hour{3'600'000}, day{24 * hour};

Time at_or_after(const Wall& wall, int at, Time t) {
  for (int d = 0; d < 3; ++d)
    if (const Time x = wall.first(plus_days(wall.date(t), d), at); x >= t) return x;
  return t;
}

Time delayed(const Step& s, const Wall& wall, Time base) {
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

// When a step is due, whose last one went out at the start `said`. More than one where it hangs on what passed within a
// start.
std::vector<Time> planned(const Step& s, const Campaign& c, const Wall& wall, Time previous, Time started,
                          std::optional<Time> said) {
  const Time on_time = delayed(s, wall, s.from_enrollment ? started : previous);
  if (!said) return {on_time};
  const Time end = *said + Cron::every;
  const auto from_then = [&](const Step& delay, bool surely) {
    std::vector<Time> out = surely ? std::vector<Time>() : std::vector{on_time};
    for (const Time t : {*said, end}) out.push_back(std::max(on_time, delayed(delay, wall, t)));
    return out;
  };
  if (s.from_enrollment) { // overdue by an hour, it comes a day later, or its own hours
    const bool within_a_day = (s.unit == "hours" && s.value < 24) || (s.unit == "minutes" && s.value < 1'440);
    if (end <= on_time + hour) return {on_time};
    return from_then(within_a_day ? s : Step{.slug = {}, .value = 1, .at = s.at}, *said > on_time + hour);
  }
  const Millis delay = on_time - previous;
  if (delay <= Millis(0) || (2 * (end - previous) <= delay && end < on_time)) return {on_time};
  Time open = previous; // closed hours are not late
  while (!is_open(c, wall, open)) open += minute;
  if (2 * (*said - open) > delay + 2 * Cron::every || on_time <= *said) return from_then(s, true);
  return 2 * (end - open) > delay || on_time <= end ? from_then(s, false) : std::vector{on_time};
}

} // namespace

std::string judge_walk(const Walk& walk, const std::vector<Heard>& heard, const Cron& cron) {
  const Person& p = *walk.person;
  const Wall& wall = walk.wall();
  Listener listener(heard);
  const auto left = [&](Time t) {
    return (p.opts_out && *p.opts_out <= t) || (p.replies && *p.replies <= t && *p.replies > walk.starts);
  };
  const auto may_speak = [&](Time t) {
    return is_open(*walk.campaign, wall, t) && (!listener.last() || p.wall->date(*listener.last()) != p.wall->date(t));
  };
  if (!p.consents) return listener.end();
  Time previous = walk.starts, tick = cron.next(walk.starts);
  std::optional<Time> said; // the start
  bool loose = false;       // moments are counted from what passed within a start
  const auto first_after = [&](Time due) {
    Time t = std::max(tick, cron.next(due));
    while (!left(t) && !may_speak(t)) t = cron.next(t + minute);
    return t;
  };
  for (const Step& s : walk.campaign->steps) {
    const std::vector<Time> moments = planned(s, *walk.campaign, wall, previous, walk.starts, said);
    const Time on_time = delayed(s, wall, s.from_enrollment ? walk.starts : previous);
    std::optional<Time> at;
    for (const Time moment : moments) {
      const bool wide = loose || moment != on_time;
      // A pause may end where the clock was changed by two hours; a day that is not there begins with the next one.
      const Time due = s.at ? at_or_after(wall, *s.at, moment - 2 * hour) : moment;
      for (const Millis within : {Millis(0), wide ? Cron::every : Millis(0)}) {
        const Time t = first_after(due + within);
        if (at && !listener.said_at(t)) continue;
        at = t;
        previous = moment;
        if (listener.said_at(t)) break;
      }
      loose = wide;
      if (listener.said_at(*at)) break;
    }
    tick = *at;
    if (left(tick)) break;
    if (std::string wrong = listener.expect(tick, fmt::format("{} {}", walk.campaign->slug, s.slug)); !wrong.empty())
      return wrong;
    said = tick;
  }
  return listener.end();
}

} // namespace milkrun::timelab
