// An operator's word: the end of a held item, told to its stage like any other end, and the verdict on a claim, written
// by the job that would have written its own.
#include "run/room.hpp"

#include <algorithm>

namespace milkrun {
namespace {

// A transaction outside any run, with what settling needs of one.
void by_operator(const Job& job, const Rooms& rooms,
                 const std::function<void(db::Transaction&, const RunContext&, Time now)>& body) {
  const RunOptions options;
  Tally tally;
  const RunContext run{job, options, rooms, {new_id()}, tally};
  rooms.db.transact([&](db::Transaction& tx) { body(tx, run, run.now()); });
}

} // namespace

bool drop_held(const Job& job, std::string_view stage_name, const std::string& key, const TenantId& tenant,
               const Rooms& rooms) {
  static constexpr ReasonCode reason = "operator.dropped";
  const auto stage = std::ranges::find(job.stages, stage_name, &Stage::name);
  if (stage == job.stages.end()) throw std::logic_error("the job has no such stage");
  bool dropped = false;
  by_operator(job, rooms, [&](db::Transaction& tx, const RunContext& run, Time now) {
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
  bool decided = false;
  by_operator(job, rooms, [&](db::Transaction& tx, const RunContext& run, Time now) {
    const ledger::Decision d{
        .next = Next::done, .at = now, .counted = false, .word = "done", .reason = {}, .detail = ""};
    Settling settling = settling_of(tx, run, d, now);
    decided = job.decide(settling, word);
  });
  return decided;
}

} // namespace milkrun
