// One turn of the desk: what its transaction works on, and what it leaves to be applied once that is committed. The
// body may be run more than once, so that nothing else is changed inside it. Private to src/run.
#pragma once

#include "run/flight.hpp"
#include "run/runner.hpp"
#include "run/tally.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <tuple>

namespace milkrun {

// One live run: the job, the rooms it was given, its id (half of the fence), its memory.
struct RunContext {
  const Job& job;
  const RunOptions& options;
  const Rooms& rooms;
  RunId run;
  World& world;
  // A run died before this one: what a turn tries is noted before it, and light work is no part of it.
  bool wary = false;

  Time now() const { return rooms.clock.now(); }
};

// The most a turn does, whatever the data: a stop is heard within a turn.
inline constexpr int most_settled = 256;  // results, and no new one after 100 ms of them
inline constexpr int most_armed = 256;    // marks
inline constexpr int most_judged = 512;   // rows looked at for admission, and no new one after 100 ms of them
inline constexpr int most_noted = 32;     // rows that a wary run tries in a turn
inline constexpr int most_tenants = 256;  // looked at for the ring of a stage
inline constexpr std::size_t chunk = 500; // domain rows discovered by a stage

// The durable mark before a `once` call, or why the call does not leave.
struct Mark {
  bool ours = true; // false: another run has the item
  std::optional<Step> no = {};
  db::Row row = {}; // with `no`: the item's row, as it is now
};

struct Turn {
  db::Transaction& tx;
  const RunContext& run;
  Time now;
  bool careful = false; // a savepoint for each item: one of them threw in this turn

  std::vector<std::unique_ptr<Flight>> admitted = {};
  std::vector<Mark> marks = {}; // as asked
  bool taken_over = false;      // another run took us for dead, and has what was ours
  Tally tally = {};
  std::set<std::tuple<std::string, TenantId, Rank>> fresh = {}; // stage, tenant and rank of rows that were enqueued due
  bool woke = false;                                            // rows that waited may be due now
  std::vector<std::string> recovered = {};                      // destinations and credentials that are well again
  std::vector<std::function<void()>> lines = {};                // of the log: they say what is committed, or nothing
  int judged = 0;
  std::size_t settled = 0;
  std::map<const Flight*, std::size_t> parts = {}; // of those, the ones that came only so far: the next turn goes on
  bool beat = false;                               // the heartbeat was written
  std::map<TenantId, int> leaving = {};            // of items that this turn settles: their places are free again
  std::set<std::string> failing = {}; // hosts that this turn settles a failure of: nothing more for them in it

  std::size_t ended() const { return settled - parts.size(); }
};

// Runs stage code. What it threw, which is a bug (or a row that it cannot use); nullopt when all went well. A broken or
// busy database is not caught: it ends the turn.
std::optional<Bug> bug_in(const std::function<void()>& call);

// Whose code a body is, for the log; a stage's alone, or with an item or a tenant of it.
struct About {
  std::string_view stage;
  const Key* key = nullptr;
  const TenantId* tenant = nullptr;
};

// In a careful turn: runs the body in a savepoint; a bug rolls it back, and then `mend` says what becomes of the item.
// Otherwise: just runs the body.
void guarded(Turn& turn, const About& about, const std::function<void()>& body,
             const std::function<void(const Bug&)>& mend);

inline constexpr Millis mend_time{3'600'000}; // what wakes a bug is tried again after an hour

// The end of an item that woke a bug in its stage, or that the stage cannot use: due again in an hour, uncounted.
ledger::Decision wait_for_mend(Time now, const Stage& stage, const Bug& bug);

// Loads the item's row; empty when the domain row is gone.
db::Row load_row(db::Transaction& tx, const Stage& stage, const Key& key);

// What a settle gets; `next`, `at` and `reason` are the decision's. Its own statements go through `tx`.
Settling settling_of(Turn& turn, db::Transaction& tx, std::string_view stage, const TenantId& tenant,
                     const ledger::Decision& decision, const std::vector<ledger::Reserved>& reserved);

// Marks a flight whose `once` call is about to leave. One that was admitted more than a second ago is judged again.
Mark mark(Turn& turn, const Flight& flight);
// A flight that has its end: decision, history, parks, quota, the stage's own rows. Or a part of those rows, when they
// are too much for a turn.
void settle(Turn& turn, const Flight& flight);
// A row that is not admitted, or that needs no network: its outcome is written where it was judged.
void settle_in_place(Turn& turn, const Stage& stage, const Item& item, const ledger::Candidate& row,
                     const Judged& judged);
// The end of an item outside a flight (rescue, an operator's word), told to its stage.
void tell_stage(Turn& turn, const Stage& stage, Item item, const ledger::Decision& decision, const Result& result,
                const std::vector<ledger::Reserved>& reserved);

// The log's line of an item's end.
void log_end(Turn& turn, std::string_view stage, const Key& key, const TenantId& tenant, const ledger::Decision& d);
// Once the turn is committed: writes its lines.
void write_lines(const Turn& turn);

} // namespace milkrun
