// The first thing a run does: put back what dead runs of the same job left in flight, and what dead runs of other jobs
// left in stages both have.
#include "base/kill_point.hpp"
#include "log/log.hpp"
#include "run/room.hpp"

#include <algorithm>

namespace milkrun {
namespace {

// An item that the rescue ended (poison) or gave to an operator is told to its stage like any other end.
void settle_ended(db::Transaction& tx, const RunContext& run, const ledger::Rescued& r, Time now) {
  if (r.decision.next != Next::discarded && r.decision.next != Next::held) return;
  const auto stage = std::ranges::find(run.job.stages, std::string_view(r.item.stage), &Stage::name);
  if (stage == run.job.stages.end() || stage->settle == nullptr) return;
  Item item = r.item;
  item.row = load_row(tx, *stage, item);
  if (item.row.empty()) return;
  const auto settle = [&] {
    Result result{fail(Fault::permanent, r.decision.reason)};
    result.looked_up = r.decision.next == Next::held; // no try of its own: that one was counted when it began
    settle_stage(tx, run, *stage, item, r.decision, result, now);
  };
  // It may be what killed the runs: it must not kill every one that comes to rescue.
  if (const auto bug = bug_in([&] { tx.savepoint(settle); }))
    log::error("settle_failed", {{"stage", item.stage}, {"key", item.key}, {"detail", *bug}});
}

} // namespace

std::int64_t rescue_dead_runs(const RunContext& run, const ledger::RunsFile& file) {
  std::vector<ledger::Rescued> rescued;
  kill_point("rescue.before");
  run.rooms.db.transact([&](db::Transaction& tx) {
    rescued.clear();
    const Time now = run.now();
    for (const ledger::RunRow& dead : ledger::dead_runs(tx, run.job, file, now, run.options.lease)) {
      if (dead.id == run.run) continue;
      std::vector<ledger::Rescued> some = ledger::rescue(tx, dead, run.job.stages, now);
      for (const ledger::Rescued& r : some) settle_ended(tx, run, r, now);
      rescued.insert(rescued.end(), some.begin(), some.end());
    }
  });
  kill_point("rescue.after");
  for (const ledger::Rescued& r : rescued) {
    ledger::Decision d = r.decision;
    if (d.reason.empty()) continue; // claimed only: nothing happened to it
    run.tally.add(r.item.stage, d);
  }
  return static_cast<std::int64_t>(rescued.size());
}

} // namespace milkrun
