// One run of one job, top to bottom.
#include "run/runner.hpp"

#include "base/kill_point.hpp"
#include "run/dispatcher.hpp"
#include "run/heartbeat.hpp"

#include <thread>

namespace milkrun {
namespace {

// Is there anything to do: a dead run, domain rows to enqueue, due items, or items due in a moment?
bool anything_due(const Job& job, const RunOptions& options, const Rooms& rooms, const ledger::RunsFile& file) {
  bool due = false;
  rooms.db.read([&](db::Transaction& tx) {
    const Time now = rooms.clock.now();
    due = !ledger::dead_runs(tx, job, file, now, options.lease).empty();
    for (const Stage& s : job.stages) {
      if (due) return;
      const auto next = ledger::next_due(tx, s.name, options.tenant, now);
      due = (next && *next - now <= options.idle_wait) ||
            (s.undiscovered != nullptr && !tx.query(*s.undiscovered, {{"now", now}}).empty());
    }
  });
  return due;
}

RunId enter(const Job& job, const Rooms& rooms, ledger::RunsFile& file) {
  ledger::RunRow row;
  rooms.db.transact([&](db::Transaction& tx) {
    row = ledger::start_run(tx, job.name, rooms.clock.now());
    file.hold(row.number); // before the row can be seen: a run without its byte held would look dead
  });
  return row.id;
}

// Each worker takes an item, brings it through the rooms, and comes back for the next.
void work(const RunContext& run, Dispatcher& dispatcher) {
  while (const std::optional<Ready> ready = dispatcher.next()) {
    struct Return {
      Dispatcher& dispatcher;
      const Ready& ready;
      ~Return() { dispatcher.finished(ready); }
    } back{dispatcher, *ready};
    if (const auto decision = process(run, *ready)) run.tally.add(ready->stage->name, *decision);
  }
}

// A broken machine ends the run, not the process: the first exception comes back to the caller.
void work_all(const RunContext& run, Dispatcher& dispatcher) {
  std::mutex lock;
  std::exception_ptr broken;
  const auto guarded = [&] {
    try {
      work(run, dispatcher);
    } catch (...) {
      std::lock_guard hold(lock);
      if (!broken) broken = std::current_exception();
      dispatcher.end("error");
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 1; i < run.options.workers; ++i) workers.emplace_back(guarded);
    guarded(); // the caller is a worker too: --workers 1 is a plain loop
  }
  if (broken) std::rethrow_exception(broken);
}

RunReport idle_report(const Job& job, const Rooms& rooms, Time started) {
  RunReport report;
  report.job = job.name;
  report.idle = true;
  report.started = started;
  report.ended_by = "finished";
  rooms.db.transact([&](db::Transaction& tx) {
    ledger::note_idle(tx, job.name, started);
    report.held = 0;
    for (const Stage& s : job.stages) report.held += ledger::held(tx, s.name);
  });
  report.ended = rooms.clock.now();
  return report;
}

} // namespace

RunReport run(const Job& job, const RunOptions& options, const Rooms& rooms, std::stop_token stop) {
  const Time started = rooms.clock.now();
  ledger::RunsFile file(rooms.runs_file);
  if (!anything_due(job, options, rooms, file)) return idle_report(job, rooms, started);

  Tally tally;
  const RunContext context{job, options, rooms, enter(job, rooms, file), tally};
  RunReport report;
  report.run = context.run;
  report.job = job.name;
  report.started = started;
  report.rescued = rescue_dead_runs(context, file);

  Dispatcher dispatcher(context, std::move(stop));
  {
    const Heartbeat heartbeat(context, dispatcher);
    work_all(context, dispatcher);
    dispatcher.release_rest();
  }
  report.ended_by = dispatcher.ended_by();
  kill_point("run.before_report");
  rooms.db.transact([&](db::Transaction& tx) { tell(tx, context, report); });
  report.ended = rooms.clock.now();
  return report;
}

} // namespace milkrun
