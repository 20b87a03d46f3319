// What a run writes about itself and reads for its report: its own counts, what rests, what is held. No history. Private
// to src/run.
#pragma once

#include "run/turn.hpp"

namespace milkrun {

inline constexpr int most_told = 200; // tenants in a report

// Ends the run's row and fills the report; what somebody must act on is marked as told (once per reason and day).
void tell_end(const RunContext& run, RunReport& report, int exit_code);
// The same for a run that found nothing due.
void tell_idle(const RunContext& run, RunReport& report);
// What rests now, with how many items wait for it; `told`: mark what is news as told.
std::vector<Resting> resting(db::Transaction& tx, World& world, Time now, bool told);
// Counts and stories from what was told or rehearsed.
void fill_counts(db::Transaction& tx, const RunContext& run, RunReport& report);

} // namespace milkrun
