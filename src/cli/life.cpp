// Asks as a run that comes to rescue asks.
#include "cli/life.hpp"

#include "ledger/runs.hpp"

namespace milkrun::cli {

Life::Life(db::Transaction& tx, const Settings& settings, Time now) {
  const ledger::RunsFile file(settings.database + ".runs");
  for (const ledger::RunRow& run : ledger::open_runs(tx))
    if (ledger::is_dead(run, file, now, settings.run.lease)) dead_.insert(run.id.value);
}

} // namespace milkrun::cli
