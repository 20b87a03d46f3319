// An operator's word: on an item, told to its stage like any other end; on a claim, written by the job that would have
// written its own verdict.
#include "run/no_network.hpp"
#include "run/turn.hpp"

#include <algorithm>

namespace milkrun {
namespace {

// A transaction outside any run, with what settling needs of one.
void by_operator(const Job& job, db::Database& database, const Vault& vault, const Clock& clock,
                 const std::function<void(Turn&)>& body) {
  NoNetwork net;
  const RunOptions options;
  const JobSettings settings;
  const Rooms rooms{database, vault, net, clock, settings, ""};
  World world(database, vault, options.budgets);
  const RunContext run{job, options, rooms, {new_id()}, world};
  database.transact([&](db::Transaction& tx) {
    world.forget();
    Turn turn{.tx = tx, .run = run, .now = clock.now()};
    world.refresh(tx, turn.now);
    body(turn);
    world.flush(tx);
  });
}

bool end_held(Turn& turn, const Stage& stage, const Key& key, const TenantId& tenant, bool arrived) {
  const Reason reason = arrived ? Reason("operator.arrived") : Reason("operator.dropped");
  ledger::Decision d = ledger::ends(arrived ? Next::done : Next::cancelled, turn.now, reason);
  d.quota_used = arrived;
  std::vector<ledger::Reserved> reserved;
  if (!ledger::decide_held(turn.tx, stage.name, key, d.next, reason, "", reserved, turn.now)) return false;
  turn.run.world.usage.settle(turn.tx, tenant, reserved, arrived);
  Result result{arrived ? Outcome(Done{"arrived, an operator says"}) : Outcome(Cancel{reason})};
  result.looked_up = true;
  tell_stage(turn, stage, {.stage = std::string(stage.name), .key = key, .tenant = tenant}, d, result, reserved);
  return true;
}

// What ended is told to its stage too: its own row waits again.
bool look_again(Turn& turn, const Stage& stage, const Key& key, const TenantId& tenant) {
  if (!ledger::retry(turn.tx, stage.name, key, turn.now)) return false;
  const ledger::Decision d{.next = Next::due, .at = turn.now, .word = "due", .reason = "operator.retried"};
  tell_stage(turn, stage, {.stage = std::string(stage.name), .key = key, .tenant = tenant}, d,
             Result{Outcome(Snooze{turn.now, "operator.retried"})}, {});
  return true;
}

} // namespace

bool decide_item(const Job& job, std::string_view stage_name, const Key& key, const TenantId& tenant, Word word,
                 db::Database& database, const Vault& vault, const Clock& clock) {
  const auto stage = std::ranges::find(job.stages, stage_name, &Stage::name);
  if (stage == job.stages.end()) throw std::logic_error("the job has no such stage");
  bool decided = false;
  by_operator(job, database, vault, clock, [&](Turn& turn) {
    switch (word) {
    case Word::resend: decided = ledger::resend(turn.tx, stage_name, key, turn.now); break;
    case Word::drop: decided = end_held(turn, *stage, key, tenant, false); break;
    case Word::arrived: decided = end_held(turn, *stage, key, tenant, true); break;
    case Word::retry: decided = look_again(turn, *stage, key, tenant); break;
    }
  });
  return decided;
}

bool decide_claim(const Job& job, const OperatorWord& word, db::Database& database, const Vault& vault,
                  const Clock& clock) {
  if (job.decide == nullptr) throw std::logic_error("the job has no claims");
  bool decided = false;
  by_operator(job, database, vault, clock, [&](Turn& turn) {
    const ledger::Decision d = ledger::ends(Next::done, turn.now, {});
    Settling settling = settling_of(turn, turn.tx, "", word.tenant, d, {});
    decided = job.decide(settling, word);
  });
  return decided;
}

} // namespace milkrun
