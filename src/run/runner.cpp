// The order of a run: anything due? enter, rescue, work, tell.
#include "run/runner.hpp"

#include "base/kill_point.hpp"
#include "base/zone.hpp"
#include "ledger/pace.hpp"
#include "ledger/prune.hpp"
#include "log/log.hpp"
#include "run/desk.hpp"
#include "run/tell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace milkrun {
namespace {

constexpr Millis start_patience{15'000}; // nothing is in hand yet: the next run comes
constexpr Millis end_patience{180'000};  // what was done is to be told
constexpr Millis stop_patience{10'000};  // ... also when we are told to stop, for so long
constexpr int rescued_exit = 75, stopped_exit = 143;
constexpr int more_transactions = 4; // of a run, for places that have passed

// A database that another program holds is waited for, and spoken of. False: the run was stopped meanwhile, and has
// waited for `after_stop` since; the transaction was not made.
bool patiently(const RunContext& run, const std::stop_token& stop, Millis patience,
               const std::function<void()>& transaction, Millis after_stop = Millis(0)) {
  const auto begun = run.rooms.clock.monotonic();
  bool told = false;
  for (;;) {
    try {
      transaction();
      return true;
    } catch (const db::DatabaseError& e) {
      const auto waited = run.rooms.clock.monotonic() - begun;
      if (e.kind != db::DatabaseError::Kind::busy) throw;
      if (stop.stop_requested() && waited >= after_stop) return false;
      if (waited > patience) throw;
      if (!told && waited > Millis(2'000)) {
        log::warn("database_locked", {{"job", run.job.name}, {"detail", e.what()}});
        told = true;
      }
      run.rooms.net.wait(Millis(50));
    }
  }
}

bool concerns(db::Transaction& tx, const Job& job, const ledger::RunRow& row) {
  return row.job == job.name || ledger::holds_any(tx, row.id, job.stages);
}

struct Beginning {
  bool due = false;
  std::string locked_by;
};

std::string words_of(const ledger::RunRow& row) {
  return fmt::format("run {} of {}, pid {} on {}, since {}", row.number, row.job, row.pid, row.host,
                     zone::utc(row.started_at));
}

// A live run of the same job, dead runs to rescue, rows that are due: all by a few look-ups.
Beginning look(const RunContext& run, const ledger::RunsFile& file) {
  Beginning out;
  run.rooms.db.read([&](db::Transaction& tx) {
    out = {};
    const Time now = run.now();
    for (const ledger::RunRow& row : ledger::open_runs(tx)) {
      if (ledger::is_dead(row, file, now, run.options.lease))
        out.due = out.due || concerns(tx, run.job, row);
      else if (row.job == run.job.name && run.options.alone)
        out.locked_by = words_of(row);
    }
    out.due = out.due || ledger::wakes_left(tx);
    for (const Stage& s : run.job.stages) {
      if (out.due) return;
      const auto next = ledger::next_due(tx, s.name, run.options.tenant);
      out.due =
          (next && *next <= now) || (s.undiscovered != nullptr && !tx.query(*s.undiscovered, {{"now", now}}).empty());
    }
  });
  return out;
}

// The run's row, unless another run of the job came first. Its byte is held before the row can be seen: without it the
// run would look dead.
std::optional<RunId> enter(const RunContext& run, ledger::RunsFile& file, std::string& locked_by) {
  std::optional<RunId> id;
  run.rooms.db.transact([&](db::Transaction& tx) {
    id.reset();
    locked_by.clear();
    const Time now = run.now();
    if (run.options.alone)
      for (const ledger::RunRow& row : ledger::open_runs(tx))
        if (row.job == run.job.name && !ledger::is_dead(row, file, now, run.options.lease)) locked_by = words_of(row);
    if (!locked_by.empty()) return;
    const ledger::RunRow row = ledger::start_run(tx, run.job.name, now);
    file.hold(row.number);
    id = row.id;
  });
  return id;
}

void settle_rescued(Turn& turn, const ledger::Rescued& r) {
  if (!r.decision.quota_stays) turn.run.world.usage.settle(turn.tx, r.tenant, r.reserved, false);
  turn.tally.add(r.stage, r.tenant, r.decision);
  log_end(turn, r.stage, r.key, r.tenant, r.decision);
  if (r.decision.next != Next::discarded && r.decision.next != Next::held) return;
  const auto stage = std::ranges::find(turn.run.job.stages, std::string_view(r.stage), &Stage::name);
  if (stage == turn.run.job.stages.end()) return;
  Result result{fail(Fault::permanent, r.decision.reason)};
  result.looked_up = r.decision.next == Next::held; // no try of its own: that one was counted when it began
  // It may be what killed the runs: it must not kill every one that comes to rescue.
  guarded(
      turn, {.stage = r.stage, .key = &r.key, .tenant = &r.tenant},
      [&] {
        tell_stage(turn, *stage, {.stage = r.stage, .key = r.key, .tenant = r.tenant}, r.decision, result, r.reserved);
      },
      [](const Bug&) {});
}

// Something that was in flight at a crash is due soon.
bool may_kill(db::Transaction& tx, const RunContext& run, Time now) {
  return std::ranges::any_of(run.job.stages, [&](const Stage& s) {
    return !ledger::suspects(tx, s.name, run.options.tenant, now + run.options.idle_wait, 1).empty();
  });
}

// Puts back what dead runs of this job left in flight, and what dead runs of other jobs left in stages both have; some
// in each transaction, so that nobody waits long for the database. nullopt: stopped before the database was free.
std::optional<std::int64_t> rescue_dead(RunContext& run, const ledger::RunsFile& file, const std::stop_token& stop) {
  std::int64_t items = 0;
  kill_point("rescue.before");
  for (bool more = true; more;) {
    std::int64_t some = 0;
    std::optional<Turn> done;
    const auto transaction = [&](db::Transaction& tx) {
      some = 0;
      more = false;
      Turn& turn = done.emplace(Turn{.tx = tx, .run = run, .now = run.now(), .careful = true});
      run.world.refresh(tx);
      for (const ledger::RunRow& dead : ledger::open_runs(tx)) {
        if (dead.id == run.run || !ledger::is_dead(dead, file, turn.now, run.options.lease)) continue;
        const bool crashed = !file.gave_up(dead.number);
        run.wary = run.wary || crashed;
        if (!concerns(tx, run.job, dead)) continue;
        const bool own = dead.job == run.job.name;
        const auto rescued = ledger::rescue(tx, dead, own, run.job.stages, crashed, turn.now);
        for (const ledger::Rescued& r : rescued) settle_rescued(turn, r);
        some += static_cast<std::int64_t>(rescued.size());
        more = static_cast<std::int64_t>(rescued.size()) >= ledger::most_rescued;
        if (more) break;
      }
      run.wary = run.wary || may_kill(tx, run, turn.now);
      run.world.flush(tx);
      for (const ledger::Told& t : turn.tally.told()) ledger::tell(tx, run.run, t);
    };
    if (!patiently(run, stop, start_patience, [&] { run.rooms.db.transact(transaction); })) return std::nullopt;
    write_lines(*done);
    items += some;
  }
  kill_point("rescue.after");
  return items;
}

// Stopped with nothing in hand while another program has the database: its row stays open, and the next run ends it,
// as that of no crash.
void leave(const RunContext& run, ledger::RunsFile& file) {
  file.give_up();
  try {
    run.rooms.db.transact(
        [&](db::Transaction& tx) { ledger::end_run(tx, run.run, stopped_exit, "stopped", run.now()); });
  } catch (const db::DatabaseError& e) {
    if (e.kind != db::DatabaseError::Kind::busy) throw;
  }
}

// Places that have passed leave the database, some in each run; what is over for long enough, once a day. A database
// that is busy now keeps them for the next run.
void tidy(const RunContext& run, const std::stop_token& stop, bool more_places) {
  try {
    for (int i = 0; i < more_transactions && more_places && !stop.stop_requested(); ++i)
      run.rooms.db.transact([&](db::Transaction& tx) { more_places = ledger::Paces::forget_passed(tx, run.now()); });
    ledger::prune_daily(run.rooms.db, run.now(), stop);
  } catch (const db::DatabaseError& e) {
    if (e.kind != db::DatabaseError::Kind::busy) throw;
    log::warn("prune_put_off", {{"job", run.job.name}, {"detail", e.what()}});
  }
}

} // namespace

RunReport run(const Job& job, const RunOptions& options, const Rooms& rooms, std::stop_token stop) {
  World world(rooms.db, rooms.vault, options.budgets);
  RunContext context{job, options, rooms, {}, world};
  ledger::RunsFile file(rooms.runs_file);
  RunReport report;
  report.job = job.name;
  report.started = rooms.clock.now();
  const std::stop_callback woken(stop, [&] { rooms.net.nudge(); });

  const auto stopped = [&] {
    report.ended = context.now();
    report.ended_by = "stopped";
    if (!context.run.value.empty()) leave(context, file);
    return report;
  };
  Beginning beginning;
  if (!patiently(context, stop, start_patience, [&] { beginning = look(context, file); })) return stopped();
  report.locked_by = beginning.locked_by;
  if (!report.locked_by.empty()) return report;
  if (!beginning.due) {
    tell_idle(context, report);
    return report;
  }
  if (!patiently(context, stop, start_patience, [&] {
        if (const auto id = enter(context, file, report.locked_by)) context.run = *id;
      }))
    return stopped();
  if (!report.locked_by.empty()) return report;
  report.run = context.run;
  const auto rescued = rescue_dead(context, file, stop);
  if (!rescued) return stopped();
  report.rescued = *rescued;
  try {
    Desk desk(context, report.started, stop);
    desk.work();
    report.ended_by = desk.ended_by();
    report.recovered = desk.recovered();
    rooms.net.quit(); // a hundred goodbyes take as long as the report
  } catch (const db::DatabaseError&) {
    file.give_up(); // not a death that an item could have caused
    throw;
  }
  kill_point("run.before_report");
  const int exit_code = report.ended_by == "rescued" ? rescued_exit : report.ended_by == "stopped" ? stopped_exit : 0;
  bool more_places = false;
  if (!patiently(
          context, stop, end_patience, [&] { more_places = tell_end(context, report, exit_code); }, stop_patience))
    return stopped();
  kill_point("run.after_report");
  tidy(context, stop, more_places);
  return report;
}

} // namespace milkrun
