// What both oracles share.
#pragma once

#include "timelab/oracle.hpp"

#include <optional>

namespace milkrun::timelab {

std::string utc_text(Time t);

// Goes through what a person heard, in order.
class Listener {
public:
  explicit Listener(const std::vector<Heard>& heard) : heard_(heard) {}
  // The next thing heard is this, at this start of cron; else what is wrong.
  std::string expect(Time tick, const std::string& text);
  std::string end() const;       // nothing more was heard
  bool said_at(Time tick) const; // the next thing was heard at this start
  std::optional<Time> last() const { return last_; }

private:
  const std::vector<Heard>& heard_;
  std::size_t next_ = 0;
  std::optional<Time> last_;
};

} // namespace milkrun::timelab
