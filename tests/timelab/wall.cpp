// localtime_r() in the zone, once an hour; the change itself is halved down to the second.
#include "timelab/wall.hpp"

#include <cstdlib>
#include <ctime>
#include <iterator>

#include <fmt/format.h>

namespace milkrun::timelab {
namespace {

constexpr Millis second{1'000}, minute{60'000}, hour{3'600'000};

std::tm utc(Time t) {
  const std::time_t seconds = to_ms(t) / 1'000;
  std::tm out{};
  gmtime_r(&seconds, &out);
  return out;
}

std::string date_of(const std::tm& tm) {
  return fmt::format("{:04}-{:02}-{:02}", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

Time midnight_utc(const std::string& date) {
  std::tm tm{};
  tm.tm_year = std::stoi(date.substr(0, 4)) - 1900;
  tm.tm_mon = std::stoi(date.substr(5, 2)) - 1;
  tm.tm_mday = std::stoi(date.substr(8, 2));
  return from_ms(timegm(&tm) * 1'000LL);
}

// The process's zone, given back at the end.
class InZone {
public:
  explicit InZone(const std::string& zone) {
    if (const char* was = std::getenv("TZ")) was_ = was;
    setenv("TZ", (":" + zone).c_str(), 1);
    tzset();
  }
  ~InZone() {
    if (was_.empty())
      unsetenv("TZ");
    else
      setenv("TZ", was_.c_str(), 1);
    tzset();
  }
  InZone(const InZone&) = delete;
  InZone& operator=(const InZone&) = delete;
  static Millis offset(Time t) {
    const std::time_t seconds = to_ms(t) / 1'000;
    std::tm tm{};
    localtime_r(&seconds, &tm);
    return Millis(tm.tm_gmtoff * 1'000);
  }

private:
  std::string was_;
};

} // namespace

Wall::Wall(const std::string& zone, Time from, Time until) {
  const InZone here(zone);
  stretches_.push_back({from, InZone::offset(from)});
  for (Time t = from + hour; t < until; t += hour) {
    const Millis now = InZone::offset(t);
    if (now == stretches_.back().offset) continue;
    Time before = t - hour, after = t;
    while (after - before > second) {
      const Time middle = before + (after - before) / second / 2 * second;
      (InZone::offset(middle) == now ? after : before) = middle;
    }
    stretches_.push_back({after, now});
  }
}

Time Wall::shown(Time t) const {
  Millis offset = stretches_.front().offset;
  for (const Stretch& s : stretches_)
    if (s.from <= t) offset = s.offset;
  return t + offset;
}

std::string Wall::date(Time t) const { return date_of(utc(shown(t))); }

int Wall::minutes(Time t) const {
  const std::tm tm = utc(shown(t));
  return tm.tm_hour * 60 + tm.tm_min;
}

int Wall::weekday(Time t) const { return utc(shown(t)).tm_wday; }

Time Wall::first(const std::string& date, int minutes) const {
  const Time wanted = midnight_utc(date) + minutes * minute;
  for (auto s = stretches_.begin(); s != stretches_.end(); ++s) {
    const Time at = std::max(s->from, wanted - s->offset);
    if (std::next(s) == stretches_.end() || at < std::next(s)->from) return at;
  }
  return wanted;
}

std::vector<Time> Wall::changes() const {
  std::vector<Time> out;
  for (auto s = std::next(stretches_.begin()); s != stretches_.end(); ++s) out.push_back(s->from);
  return out;
}

std::string plus_days(const std::string& date, int days) { return date_of(utc(midnight_utc(date) + days * 24 * hour)); }

int weekday_of(const std::string& date) { return utc(midnight_utc(date)).tm_wday; }

} // namespace milkrun::timelab
