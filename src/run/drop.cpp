// An operator's word: the end of a held item, told to its stage like any other end, and the verdict on a claim, written
// by the job that would have written its own.
#include "run/room.hpp"

#include <algorithm>

namespace milkrun {

bool drop_held(const Job& job, std::string_view stage_name, const std::string& key, const TenantId& tenant,
               const Rooms& rooms) {
  static constexpr auto reason = "dropped by an operator";
  const auto stage = std::ranges::find(job.stages, stage_name, &Stage::name);
  if (stage == job.stages.end()) throw std::logic_error("the job has no such stage");
  const RunOptions options;
  Tally tally;
  const RunContext run{job, options, rooms, {new_id()}, tally};
  bool dropped = false;
  rooms.db.transact([&](db::Transaction& tx) {
    const Time now = run.now();
    dropped = ledger::drop(tx, stage_name, key, reason, now);
    if (!dropped || stage->settle == nullptr) return;
    Item item{.stage = std::string(stage_name), .key = key, .tenant = tenant, .attempt = 1, .row = {}};
    item.row = load_row(tx, *stage, item);
    if (item.row.empty()) return;
    const ledger::Decision d{
        .next = Next::cancelled, .at = now, .counted = false, .word = "cancelled", .reason = reason, .detail = ""};
    settle_stage(tx, run, *stage, item, d, Result{Outcome(Cancel{reason})}, now);
  });
  return dropped;
}

bool decide_claim(const Job& job, const OperatorWord& word, const Rooms& rooms) {
  if (job.decide == nullptr) throw std::logic_error("the job has no claims");
  const RunOptions options;
  Tally tally;
  const RunContext run{job, options, rooms, {new_id()}, tally};
  bool decided = false;
  rooms.db.transact([&](db::Transaction& tx) {
    const Time now = run.now();
    const ledger::Decision d{
        .next = Next::done, .at = now, .counted = false, .word = "done", .reason = "", .detail = ""};
    Settling settling = settling_of(tx, run, d, now);
    decided = job.decide(settling, word);
  });
  return decided;
}

} // namespace milkrun
