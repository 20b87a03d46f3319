// What both oracles share: a start of cron, and what was heard at it.
#include "timelab/oracle_parts.hpp"

#include <fmt/format.h>

#include <ctime>

namespace milkrun::timelab {

std::string utc_text(Time t) {
  const std::time_t seconds = to_ms(t) / 1'000;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char out[32];
  return {out, std::strftime(out, sizeof out, "%F %T", &tm)};
}

std::string Listener::expect(Time tick, const std::string& text) {
  if (next_ == heard_.size()) return fmt::format("\"{}\" was to be said at {} and was not", text, utc_text(tick));
  const Heard& h = heard_[next_];
  if (!said_at(tick) || h.text != text)
    return fmt::format("\"{}\" was to be said at {}; \"{}\" was, at {}", text, utc_text(tick), h.text, utc_text(h.at));
  last_ = h.at;
  ++next_;
  return {};
}

std::string Listener::end() const {
  if (next_ == heard_.size()) return {};
  return fmt::format("\"{}\" was said at {}, and nothing was to be", heard_[next_].text, utc_text(heard_[next_].at));
}

bool Listener::said_at(Time tick) const {
  return next_ < heard_.size() && heard_[next_].at >= tick && heard_[next_].at < tick + Cron::every;
}

} // namespace milkrun::timelab
