// Counting what turns came to, and what is due behind them.
#include "run/watch.hpp"

#include "sql/queue.hpp"

#include <algorithm>
#include <array>

namespace milkrun {
namespace {

constexpr std::array<std::string_view, 4> ended{"done", "cancelled", "discarded", "held"};
constexpr std::array<std::string_view, 4> waits{"snoozed", "retry", "waiting", "uncertain"};

} // namespace

void Watch::count(const Tally& turn) {
  if (!wanted()) return;
  for (const ledger::Told& t : turn.told()) { // stages count things of their own beside the items' ends
    if (std::ranges::find(ended, t.outcome) != ended.end()) done_ += t.items;
    if (std::ranges::find(waits, t.outcome) != waits.end()) waiting_ += t.items;
  }
}

// Bounded, so that a look costs the same whatever the backlog.
std::int64_t Watch::due(Time now) const {
  std::int64_t items = 0;
  try {
    run_.rooms.db.read([&](db::Transaction& tx) {
      items = 0;
      for (const Stage& s : run_.job.stages)
        items +=
            tx.one(sql::queue::due_count, {{"stage", s.name},
                                           {"tenant", run_.options.tenant ? run_.options.tenant->value : std::string()},
                                           {"now", now},
                                           {"limit", most_due + 1 - items}})
                ->integer("items");
    });
  } catch (const db::DatabaseError& e) {
    if (e.kind != db::DatabaseError::Kind::busy) throw;
  }
  return items;
}

void Watch::tick(const std::function<Now()>& look) {
  if (!wanted()) return;
  const auto at = run_.rooms.clock.monotonic();
  if (at - told_ < every) return;
  told_ = at;
  Now now = look();
  Progress p{.done = done_,
             .waiting = waiting_,
             .in_flight = now.in_flight,
             .due = due(run_.now()),
             .elapsed = std::chrono::duration_cast<Millis>(at - begun_),
             .waits_for = {},
             .next_at = now.next_at,
             .locked_since = now.locked_since};
  const auto most = std::ranges::max_element(now.calls, {}, [](const auto& c) { return c.second; });
  if (most != now.calls.end()) p.waits_for = most->first;
  run_.options.progress(p);
}

} // namespace milkrun
