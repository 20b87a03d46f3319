// What a run writes about itself and reads for its report: its own counts, what rests, what is held. No history.
// Private to src/run.
#pragma once

#include "run/turn.hpp"

namespace milkrun {

inline constexpr int most_told = 200; // tenants in a report

// Ends the run's row and fills the report; what somebody must act on is marked as told (once per reason and day).
// True: more places have passed than one transaction takes out.
bool tell_end(const RunContext& run, RunReport& report, int exit_code);
// The same for a run that found nothing due.
void tell_idle(const RunContext& run, RunReport& report);
// What items wait for now: what rests, and who has nothing to be tried with. At most `most_resting`, news first;
// `told`: marks what is news as told. `only`: of this tenant, and what is of all.
inline constexpr std::size_t most_resting = 50;
void fill_resting(db::Transaction& tx, const Job& job, const std::optional<TenantId>& only, Time now, bool told,
                  RunReport& report);
// What is held: how much, and what of it is news; `told`: marks that as told. What does not fit is told by the next
// run.
inline constexpr std::size_t most_held_news = 20;
void fill_held(db::Transaction& tx, const Job& job, const std::optional<TenantId>& only, Time now, bool told,
               RunReport& report);
// True, and noted, when nobody was told of this in a day.
bool tell_once_a_day(db::Transaction& tx, const std::string& word, const TenantId* tenant, const Reason& reason,
                     Time now);
// What people call a tenant; "" when there is none of this id.
std::string slug_of(db::Transaction& tx, const std::string& tenant);
void forget_told(db::Transaction& tx, Time now);
// Counts and stories from what was told or rehearsed.
void fill_counts(db::Transaction& tx, const RunContext& run, RunReport& report);

} // namespace milkrun
