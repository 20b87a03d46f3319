// Years of cron around the real core: the clock is virtual, everything else of a run is the product.
#pragma once

#include "sim/database.hpp"
#include "timelab/cron.hpp"
#include "timelab/oracle.hpp"
#include "timelab/town.hpp"

#include <map>
#include <string>
#include <vector>

namespace milkrun::timelab {

struct Told {
  std::map<std::string, std::vector<Heard>> by_phone; // as the gateway heard it, digits
  std::vector<std::string> rows;                      // how reminders, walks and messages ended
  int starts = 0;                                     // of cron
};

enum class Pass {
  each_start, // cron starts the jobs every five minutes
  skip_ahead, // starts at which nothing can be due are left out
};

Told live(const Town& town, const Cron& cron, Pass pass, sim::Defect* defect = nullptr);

// Everything that is wrong with what was told, and with the rows that are left; 20 sentences at most.
std::vector<std::string> judge(const Town& town, const Cron& cron, const Told& told);

} // namespace milkrun::timelab
