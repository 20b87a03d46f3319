// Deleting in small steps, the oldest first.
#include "ledger/prune.hpp"

#include "base/kill_point.hpp"
#include "base/zone.hpp"
#include "sql/prune.hpp"

#include <algorithm>

namespace milkrun::ledger {
namespace {

constexpr int most_daily = 200; // transactions

// Whole runs, oldest first, with what they told.
void prune_runs(db::Transaction& tx, Time before, std::int64_t& left, Pruned& out) {
  for (const db::Row& run : tx.query(sql::prune::oldest_runs, {{"limit", left}})) {
    const auto ended = run.maybe_time("ended_at");
    if (!ended) continue; // open: its rescue ends it
    if (*ended > before || left <= 0) return;
    const std::int64_t counts = tx.execute(sql::prune::counts, {{"run", run.text("id")}, {"limit", left}});
    out.counts += counts;
    left -= counts;
    if (left <= 0) return; // it may have more
    out.runs += tx.execute(sql::prune::run, {{"run", run.text("id")}});
    --left;
  }
}

} // namespace

namespace {

// A day of any zone is over two days after its date.
std::string oldest_day(Time now, Millis age) { return zone::local_date("UTC", now - age - 2 * day_of_prune); }

} // namespace

Pruned prune_some(db::Transaction& tx, Time now, const Ages& ages) {
  Pruned out;
  std::int64_t left = most_pruned;
  const auto some = [&](const db::Statement& statement, const db::Param& before) {
    if (left <= 0) return std::int64_t{0};
    const std::int64_t rows = tx.execute(statement, {before, {"limit", left}});
    left -= rows;
    return rows;
  };
  out.items = some(sql::prune::ledger, {"before", now - ages.items});
  out.attempts = some(sql::prune::attempts, {"before", now - ages.history});
  if (left > 0) prune_runs(tx, now - ages.history, left, out);
  out.counters = some(sql::prune::usage, {"before", oldest_day(now, ages.counters)});
  out.acts = some(sql::prune::acts, {"before", now - std::max(ages.history, keep_history)});
  return out;
}

Pruned prune(db::Database& database, Time now, const Ages& ages, const std::stop_token& stop, int most,
             const std::function<void(const Pruned&)>& told) {
  Pruned all;
  for (int i = 0; i < most && !stop.stop_requested(); ++i) {
    Pruned some;
    kill_point("prune.before");
    database.transact([&](db::Transaction& tx) { some = prune_some(tx, now, ages); });
    kill_point("prune.after");
    if (some.rows() == 0) break;
    all.items += some.items;
    all.attempts += some.attempts;
    all.runs += some.runs;
    all.counts += some.counts;
    all.counters += some.counters;
    all.acts += some.acts;
    if (told) told(all);
  }
  return all;
}

Pruned prunable(db::Transaction& tx, Time now, const Ages& ages) {
  const auto rows = [&](const db::Statement& statement, db::Param before) {
    return tx.one(statement, {std::move(before)})->integer("n");
  };
  Pruned out;
  out.items = rows(sql::prune::count_ledger, {"before", now - ages.items});
  out.attempts = rows(sql::prune::count_attempts, {"before", now - ages.history});
  const auto runs = tx.one(sql::prune::count_runs, {{"before", now - ages.history}});
  out.runs = runs->integer("n");
  out.counts = runs->integer("counts");
  out.counters = rows(sql::prune::count_usage, {"before", oldest_day(now, ages.counters)});
  out.acts = rows(sql::prune::count_acts, {"before", now - std::max(ages.history, keep_history)});
  return out;
}

bool prune_daily(db::Database& database, Time now, const std::stop_token& stop) {
  bool due = false;
  database.read(
      [&](db::Transaction& tx) { due = tx.one(sql::prune::due, {{"before", now - day_of_prune}}).has_value(); });
  if (!due) return false;
  const Pruned done = prune(database, now, {}, stop, most_daily);
  kill_point("prune.done");
  if (done.rows() < std::int64_t{most_daily} * most_pruned && !stop.stop_requested())
    database.transact([&](db::Transaction& tx) { tx.execute(sql::prune::done, {{"now", now}}); });
  return true;
}

} // namespace milkrun::ledger
