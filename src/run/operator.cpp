// An operator's word: on an item, told to its stage like any other end; on a claim or an item of a feed, carried out by
// the job that would have decided it itself. Each is written down in its own transaction.
#include "run/no_network.hpp"
#include "run/tell.hpp"
#include "run/turn.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun {
namespace {

// A transaction outside any run, with what settling needs of one.
void by_operator(const Job& job, db::Database& database, const Vault& vault, const Clock& clock, const Bounds& bounds,
                 const std::function<void(Turn&)>& body) {
  NoNetwork net;
  const RunOptions options{.budgets = bounds.budgets};
  const Rooms rooms{database, vault, net, clock, bounds.settings, ""};
  World world(database, vault, options.budgets);
  const RunContext run{job, options, rooms, {new_id()}, world};
  std::optional<Turn> done;
  database.transact([&](db::Transaction& tx) {
    world.forget();
    Turn& turn = done.emplace(Turn{.tx = tx, .run = run, .now = clock.now()});
    world.refresh(tx);
    body(turn);
    world.flush(tx);
  });
  write_lines(*done);
}

const Stage& stage_of(const Job& job, std::string_view name) {
  const auto stage = std::ranges::find(job.stages, name, &Stage::name);
  if (stage == job.stages.end()) throw std::logic_error("the job has no such stage");
  return *stage;
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
bool bring_back(Turn& turn, const Stage& stage, const Named& item) {
  if (ledger::look_now(turn.tx, stage.name, item.key, turn.now)) return true;
  if (!ledger::retry(turn.tx, stage.name, item.key, turn.now)) return false;
  const ledger::Decision d{.next = Next::due, .at = turn.now, .word = "due", .reason = "operator.retried"};
  tell_stage(turn, stage, {.stage = item.stage, .key = item.key, .tenant = item.tenant}, d,
             Result{Outcome(Snooze{turn.now, "operator.retried"})}, {});
  return true;
}

Judged judge_now(Turn& turn, const Stage& stage, const Item& item, const ledger::Candidate& row) {
  return row.uncertain && stage.work != nullptr ? judge_lookup(turn.tx, item, row, turn.run.world, turn.now)
                                                : judge(turn.tx, stage, item, row, turn.run.world, turn.now);
}

// What rests in the item's way is tried with it; then the judge says what will become of it. What was lifted.
std::vector<std::string> look_ahead(Turn& turn, const Stage& stage, const Named& named, Retried& out) {
  std::vector<std::string> lifted;
  const auto row = ledger::candidate(turn.tx, stage.name, named.key);
  if (!row) return lifted;
  const Item item{.stage = named.stage,
                  .key = named.key,
                  .tenant = named.tenant,
                  .attempt = row->attempts + 1,
                  .row = load_row(turn.tx, stage, named.key)};
  Judged judged = judge_now(turn, stage, item, *row);
  lifted = turn.run.world.lift(turn.tx, item, judged.credential(), turn.now);
  for (const std::string& where : {judged.host, judged.account})
    if (turn.run.world.breakers.lift(turn.tx, judged.service, where, named.tenant, turn.now))
      lifted.push_back("destination " + ledger::waits_for(judged.service, where));
  if (!lifted.empty()) judged = judge_now(turn, stage, item, *row);
  if (judged.yes()) return lifted;
  const ledger::Decision d = ledger::decide(stage, judged.verdict, turn.now, {});
  out.next = d.reason;
  if (judged.place || d.next == Next::due || d.next == Next::uncertain)
    out.next_at = judged.place ? judged.place->at : d.at;
  return lifted;
}

std::string_view verb(Word word) {
  switch (word) {
  case Word::resend: return "items resend";
  case Word::drop: return "items drop";
  case Word::arrived: return "items arrived";
  case Word::retry: break;
  }
  return "items retry";
}

void write_down(Turn& turn, const ledger::Operator& who, Word word, const Named& item, const ledger::Standing& before,
                const std::vector<std::string>& lifted = {}) {
  std::string note = before.reason;
  for (const std::string& one : lifted) note += fmt::format("{}rests no more: {}", note.empty() ? "" : "; ", one);
  ledger::record(turn.tx, who,
                 {.verb = verb(word),
                  .stage = item.stage,
                  .key = item.key.text(),
                  .tenant = item.tenant,
                  .from = before.state,
                  .to = ledger::standing(turn.tx, item.stage, item.key).state,
                  .note = std::move(note)},
                 turn.now);
}

} // namespace

std::vector<Retried> retry_items(const Job& job, std::span<const Named> items, const ledger::Operator& who,
                                 db::Database& database, const Vault& vault, const Clock& clock, const Bounds& bounds) {
  std::vector<Retried> out;
  by_operator(job, database, vault, clock, bounds, [&](Turn& turn) {
    out.assign(items.size(), {});
    turn.careful = true; // a bug that one item wakes costs the others nothing
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Stage& stage = stage_of(job, items[i].stage);
      guarded(
          turn, {.stage = stage.name, .key = &items[i].key, .tenant = &items[i].tenant},
          [&] {
            const ledger::Standing before = ledger::standing(turn.tx, stage.name, items[i].key);
            out[i] = {.done = bring_back(turn, stage, items[i]), .from = before.state};
            if (!out[i].done) return;
            write_down(turn, who, Word::retry, items[i], before, look_ahead(turn, stage, items[i], out[i]));
          },
          [&](const Bug&) { out[i].done = false; });
    }
  });
  return out;
}

bool decide_item(const Job& job, std::string_view stage_name, const Key& key, const TenantId& tenant, Word word,
                 const ledger::Operator& who, db::Database& database, const Vault& vault, const Clock& clock,
                 const Bounds& bounds) {
  const Named item{std::string(stage_name), key, tenant};
  if (word == Word::retry)
    return retry_items(job, std::span(&item, 1), who, database, vault, clock, bounds).front().done;
  const Stage& stage = stage_of(job, stage_name);
  bool decided = false;
  by_operator(job, database, vault, clock, bounds, [&](Turn& turn) {
    const ledger::Standing before = ledger::standing(turn.tx, stage.name, key);
    decided = word == Word::resend ? ledger::resend(turn.tx, stage.name, key, turn.now)
                                   : end_held(turn, stage, key, tenant, word == Word::arrived);
    if (decided) write_down(turn, who, word, item, before);
  });
  return decided;
}

bool decide_claim(const Job& job, const OperatorWord& word, std::string_view from, const ledger::Operator& who,
                  db::Database& database, const Vault& vault, const Clock& clock, const Bounds& bounds) {
  if (job.decide == nullptr) throw std::logic_error("the job has no claims");
  bool decided = false;
  by_operator(job, database, vault, clock, bounds, [&](Turn& turn) {
    const ledger::Decision d = ledger::ends(Next::done, turn.now, {});
    const std::vector<ledger::Reserved> nothing;
    Settling settling = settling_of(turn, turn.tx, "", word.tenant, d, nothing);
    decided = job.decide(settling, word);
    if (decided)
      ledger::record(turn.tx, who,
                     {.verb = word.yes ? "claims verify" : "claims reject",
                      .key = Key{"completion", word.claim}.text(),
                      .tenant = word.tenant,
                      .from = std::string(from),
                      .to = word.yes ? "verified" : "failed",
                      .note = word.reason},
                     turn.now);
  });
  return decided;
}

std::expected<Key, Reason> publish_item(const Job& job, const PublishWord& word, std::string_view from,
                                        const ledger::Operator& who, db::Database& database, const Vault& vault,
                                        const Clock& clock, const Bounds& bounds) {
  if (job.publish == nullptr) throw std::logic_error("the job publishes nothing");
  std::expected<Key, Reason> key = Key{};
  by_operator(job, database, vault, clock, bounds, [&](Turn& turn) {
    const ledger::Decision d = ledger::ends(Next::done, turn.now, {});
    const std::vector<ledger::Reserved> nothing;
    Settling settling = settling_of(turn, turn.tx, "", word.tenant, d, nothing);
    key = job.publish(settling, word);
    if (key)
      ledger::record(turn.tx, who,
                     {.verb = "feeds publish",
                      .key = Key{"item", word.item}.text(),
                      .tenant = word.tenant,
                      .from = std::string(from),
                      .to = "chosen",
                      .note = word.text ? "with the text that its feed shows now" : ""},
                     turn.now);
  });
  return key;
}

} // namespace milkrun
