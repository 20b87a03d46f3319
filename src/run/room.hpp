// What the pieces of one run share, and the steps that end an item inside a transaction. Private to src/run.
#pragma once

#include "ledger/runs.hpp"
#include "run/runner.hpp"
#include "run/tally.hpp"

#include <functional>
#include <random>

namespace milkrun {

// One live run: the job, the rooms it was given, its id (the fence) and its tally.
struct RunContext {
  const Job& job;
  const RunOptions& options;
  const Rooms& rooms;
  RunId run;
  Tally& tally;

  Time now() const { return rooms.clock.now(); }
};

// A claimed item that passed plan and gate and has its credentials.
struct Ready {
  const Stage* stage = nullptr;
  Item item;
  Plan plan;
  Credentials credentials;
  std::string host;                         // it will call this one: capped and parked by it
  std::optional<ledger::Attempt> uncertain; // this attempt is to be looked up instead of working
  int absent = 0;                           // look-ups that found nothing so far
  bool alone = false;                       // was in flight at a crash: runs with nothing beside it

  const Credential* credential() const { return credentials.empty() ? nullptr : &credentials.begin()->second; }
};

// What became of an item in a transaction; counted once that is committed.
struct Ended {
  std::string_view stage;
  ledger::Decision decision;
};

double jitter(); // uniform in [0, 1)

inline constexpr ReasonCode row_gone = "row_gone";

// Runs stage code. The exception's text when it threw, which is a bug (or a constraint that one row breaks); nullopt
// when all went well. A broken database is not caught: it ends the run.
std::optional<std::string> bug_in(const std::function<void()>& call);

// The end of an item that woke a bug in its stage: due again in an hour, uncounted, so that neither this run nor every
// run after it ends by it, and counted as waiting, so that the run warns of it. `what` is the exception's text.
ledger::Decision wait_for_mend(Time now, const std::string& what);
// Ends so an item that was claimed and not begun; one in doubt stays in doubt. nullopt: another run owns it now.
std::optional<ledger::Decision> end_by_bug(db::Transaction& tx, const RunContext& run, const Ready& ready,
                                           const std::string& what);

// How an item is finished that was claimed and not begun.
inline ledger::Finish unbegun(const RunContext& run) { return {.run = run.run, .attempt = {}, .uncertain = {}}; }

// What the stage's gate has against the item now, or nullopt.
std::optional<Outcome> refused_by_gate(const Stage& stage, const Item& item, Time now);

// Finishes the item and lets its stage settle, in the caller's transaction. `item`: ready's, with the row as it is now.
// Lost: another run owns it now.
ledger::Ownership end_item(db::Transaction& tx, const RunContext& run, const Ready& ready, const Item& item,
                           const ledger::Decision& decision, const Result& result, const ledger::Finish& how, Time now);

// What a settle gets in this transaction: `next`, `at` and `reason` are the decision's.
Settling settling_of(db::Transaction& tx, const RunContext& run, const ledger::Decision& decision, Time now);

// Lets the stage write what the outcome means for its own rows.
void settle_stage(db::Transaction& tx, const RunContext& run, const Stage& stage, const Item& item,
                  const ledger::Decision& decision, const Result& result, Time now);

// Loads the item's row; empty when the domain row is gone.
db::Row load_row(db::Transaction& tx, const Stage& stage, const Item& item);

// Claimed -> ready, or ended at once (gate said no, no credential, row gone): then nullopt, and `ended` has the entry.
std::optional<Ready> prepare(db::Transaction& tx, const RunContext& run, const Stage& stage,
                             const ledger::Claimed& claimed, std::vector<Ended>& ended);

// Why the item may not be begun now (park, gate, quota), or nullopt; takes the quota when it may.
std::optional<Outcome> refuse_begin(db::Transaction& tx, const Ready& ready, const Item& item, Time now);

// The rooms begin, work, settle for one ready item. Returns what became of it; nullopt when it was lost to another run.
std::optional<ledger::Decision> process(const RunContext& run, const Ready& ready);

// Fills the report's counts, stories and held items; stores them and ends the run's row unless it is a dry run.
void tell(db::Transaction& tx, const RunContext& run, RunReport& report);

// Puts back what dead runs left, and settles what ended by that. Returns the number of items.
std::int64_t rescue_dead_runs(const RunContext& run, const ledger::RunsFile& file);

} // namespace milkrun
