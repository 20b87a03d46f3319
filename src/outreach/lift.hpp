// What a drip is worth: how many of those who get it write back, beside those who are held out of it.
#pragma once

#include "base/clock.hpp"
#include "db/db.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace milkrun::outreach {

struct Lift {
  std::int64_t got = 0, got_replied = 0;   // walked, or walk; wrote since they began
  std::int64_t held = 0, held_replied = 0; // the same of those who get nothing

  bool known() const { return got > 0 && held > 0 && got_replied + held_replied > 0; }
  // Times as many replies, in hundredths; nullopt: nobody who was held out has replied.
  std::optional<std::int64_t> hundredths() const;
  // "12.0% of 250 who get it replied, 8.0% of 28 who are held out (1.50 times as many)"; "" when no reply is known.
  std::string text() const;
};

// Of the latest 20,000 enrolments of a campaign.
Lift lift_of(db::Transaction& tx, const std::string& campaign);

// A sentence for each drip with a held-out share and known replies, once a day.
std::vector<std::string> lift_notes(db::Transaction& tx, Time now);

} // namespace milkrun::outreach
