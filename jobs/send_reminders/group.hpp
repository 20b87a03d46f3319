// Which of a contact's reminders go into one message, and what becomes of the others. Pure.
#pragma once

#include "jobs/send_reminders/due.hpp"

#include <string>
#include <vector>

namespace milkrun::send_reminders {

struct Group {
  std::vector<const db::Row*> told; // one of each invoice, by number
  const db::Row* level = nullptr;   // the one whose rule speaks for all: the latest; nullptr when none is told
  struct Ended {
    std::string reminder; // id
    Fate fate;            // skip or expire
    Reason reason;
  };
  std::vector<Ended> ended = {};
};

// The one whose rule goes furthest; nullptr of none.
const db::Row* furthest(const std::vector<const db::Row*>& rows);

// Rows of the statement of_the_day: due by now, or later on this day. The newest of each invoice is told, older ones
// are skipped; what has to wait is in neither list.
Group group(const db::Rows& rows, Time now);

} // namespace milkrun::send_reminders
