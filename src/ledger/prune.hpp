// Retention: what is over for long enough leaves the database. Nothing that waits, is in flight or is held is touched.
#pragma once

#include "base/clock.hpp"
#include "db/db.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>

namespace milkrun::ledger {

inline constexpr Millis day_of_prune{24LL * 3'600'000};
inline constexpr Millis keep_items = 90 * day_of_prune;    // rows of the ledger that are done, cancelled or discarded
inline constexpr Millis keep_history = 400 * day_of_prune; // attempts, runs and what they told, acts of operators
inline constexpr Millis keep_counters = 40 * day_of_prune; // usage by day; that of months stays
inline constexpr int most_pruned = 500;                    // rows of a transaction: nobody waits long for it

struct Pruned {
  std::int64_t items = 0, attempts = 0, runs = 0, counts = 0, counters = 0, acts = 0;
  std::int64_t rows() const { return items + attempts + runs + counts + counters + acts; }
};

// How long what is over stays. What operators did is never forgotten earlier than the history.
struct Ages {
  Millis items = keep_items, history = keep_history, counters = keep_counters;
  static Ages all(Millis age) { return {age, age, age}; }
};

// Deletes at most `most_pruned` rows; none: nothing is left to delete.
Pruned prune_some(db::Transaction& tx, Time now, const Ages& ages = {});
// Deletes all there is, or until `stop` or `most` transactions: in small ones, so that runs go on beside it.
Pruned prune(db::Database& database, Time now, const Ages& ages = {}, const std::stop_token& stop = {},
             int most = 1'000'000, const std::function<void(const Pruned& so_far)>& told = {});
// What prune() would delete; changes nothing.
Pruned prunable(db::Transaction& tx, Time now, const Ages& ages = {});
// Once a day, in whichever run comes first: as much as 100,000 rows; a run that leaves some makes the next one go on.
// False: it is not due.
bool prune_daily(db::Database& database, Time now, const std::stop_token& stop = {});

} // namespace milkrun::ledger
