// Which open runs live and which died: a process that was killed writes nothing more.
#pragma once

#include "cli/settings.hpp"
#include "db/db.hpp"

#include <set>
#include <string>

namespace milkrun::cli {

class Life {
public:
  Life(db::Transaction& tx, const Settings& settings, Time now);
  // Its process is gone, or stopped for longer than its lease; the next run of the job takes over what it left.
  bool died(const std::string& run) const { return dead_.contains(run); }

private:
  std::set<std::string> dead_;
};

} // namespace milkrun::cli
