// How an item ends, or waits, in the turn's transaction.
#include "base/chance.hpp"
#include "base/text.hpp"
#include "base/zone.hpp"
#include "log/log.hpp"
#include "run/destination.hpp"
#include "run/masked.hpp"
#include "run/tell.hpp"
#include "run/turn.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace milkrun {
namespace {

struct Ending {
  ledger::Decision decision;
  Result result;
  ledger::Finish how;
};

Masks masks_of(Turn& turn, const Flight& f) {
  Masks::Parts parts;
  for (const auto& [service, c] : f.script.credentials)
    if (!c.secret.empty()) parts.push_back(turn.run.world.mask_of(c));
  return Masks(std::move(parts));
}

// The first answer that was lost costs no time; each further one more of it.
Millis wait_after(const Flight& f) {
  return f.row.attempts <= 1 ? Millis(0) : ledger::backoff(f.stage().retry, f.row.attempts, chance());
}

Looked lookup_bug(const Bug& bug) {
  return fail(Fault::transient, bug.reason.is("bug") ? Reason("bug.lookup") : bug.reason, bug.what);
}

Ending end_of_lookup(Turn& turn, const Flight& f) {
  Looked answer = std::holds_alternative<Looked>(*f.end) ? std::get<Looked>(*f.end) : lookup_bug(std::get<Bug>(*f.end));
  masks_of(turn, f).clean(answer);
  ledger::Around around{.chance = chance(), .look_after = {}, .rests_until = {}};
  if (f.row.credential) around.credential = waits_for(*f.row.credential);
  note_destination(turn, f, answer ? nullptr : &answer.error(), around);
  ledger::Lookup l = ledger::decide_lookup(answer,
                                           {.absent = f.row.absent,
                                            .lookups = f.row.lookups,
                                            .wait = wait_after(f),
                                            .since = f.row.look_after,
                                            .gap = turn.run.options.reconcile_gap},
                                           turn.now, around);
  Result result = answer && answer->presence == Presence::found
                      ? std::move(answer->result)
                      : Result{fail(Fault::uncertain, l.decision.reason, l.decision.detail)};
  if (!answer) result.outcome = std::unexpected(answer.error());
  result.looked_up = true;
  return {.decision = std::move(l.decision),
          .result = std::move(result),
          .how = {.run = turn.run.run,
                  .turn = f.turn,
                  .uncertain_turn = f.row.uncertain_turn,
                  .absent = l.absent,
                  .lookups = l.lookups,
                  .reserved = f.reserved}};
}

Ending end_of_work(Turn& turn, const Flight& f) {
  const Bug* bug = std::get_if<Bug>(&*f.end);
  Result result = bug == nullptr ? std::get<Result>(*f.end)
                  : f.armed_at   ? Result{fail(Fault::uncertain, bug->reason, text::one_line(bug->what, 300))}
                                 : Result{fail(Fault::transient, bug->reason, text::one_line(bug->what, 300))};
  masks_of(turn, f).clean(result);
  ledger::Around around{
      .attempts = f.item().attempt, .chance = chance(), .look_after = f.look_after, .rests_until = {}};
  if (const Credential* c = f.credential()) around.credential = waits_for(c->id);
  if (bug == nullptr) note_destination(turn, f, result.outcome ? nullptr : &result.outcome.error(), around);
  if (bug == nullptr && !result.outcome)
    for (const Park& p : result.outcome.error().parks) // it waits for its template, not for the account
      if (p.scope == ParkScope::template_) around.credential = ledger::waits_for_template(p.id);
  ledger::Decision d = bug != nullptr && !f.armed_at ? wait_for_mend(turn.now, f.stage(), *bug)
                                                     : ledger::decide(f.stage(), result.outcome, turn.now, around);
  // It waits for a setting that was changed before it could wait: the new one is tried at once.
  if (!result.outcome && result.outcome.error().fault == Fault::setting && f.credential() != nullptr &&
      ledger::changed(turn.tx, *f.credential()))
    d.at = turn.now + Millis(1'000);
  return {.decision = std::move(d),
          .result = std::move(result),
          .how = {.run = turn.run.run, .turn = f.turn, .reserved = f.reserved}};
}

void book_spent(Turn& turn, const Item& item, const Result& result) {
  const std::string period = result.spent.empty() ? std::string() : zone::utc_month(turn.now);
  for (const Spent& s : result.spent) turn.run.world.usage.book(turn.tx, item.tenant, s.meter, period, s.amount);
}

// What it really was of the credential's owner.
Cost cost_of(const Flight& f, const Result& result) {
  Cost cost{.calls = static_cast<std::int64_t>(f.script.answers.size())};
  for (const Spent& s : result.spent)
    if (s.meter.starts_with("tokens")) cost.tokens += s.amount;
  return cost;
}

void record(Turn& turn, const Flight& f, const Ending& e) {
  ledger::record(turn.tx,
                 {.stage = f.stage().name,
                  .key = f.item().key,
                  .turn = f.turn,
                  .tenant = f.item().tenant,
                  .run = turn.run.run,
                  .looked_up = f.script.looking_up,
                  .begun_at = f.script.begun,
                  .armed_at = f.armed_at,
                  .credential = f.credential(),
                  .host = f.host},
                 e.decision, e.result, turn.now);
}

void finish(Turn& turn, const Flight& f, const Ending& e, bool tell) {
  const Item& item = f.item();
  const ledger::Ownership ownership = ledger::finish(turn.tx, f.stage().name, item.key, e.decision, e.how, turn.now);
  record(turn, f, e);
  book_spent(turn, item, e.result);
  rest_what_it_says(turn, f, e.result);
  // After the rest: who was refused with a secret that was changed meanwhile rests nothing, and this one is no such.
  if (e.result.renewed && f.credential() != nullptr)
    turn.run.world.renew(turn.tx, *f.credential(), *e.result.renewed, turn.now);
  // Gone altogether (an operator took its tenant out) is nobody's.
  if (ownership != ledger::Ownership::ours && !ledger::standing(turn.tx, f.stage().name, item.key).state.empty())
    turn.taken_over = true;
  if (ownership == ledger::Ownership::lost) return;
  if (!e.decision.quota_stays)
    turn.run.world.usage.settle(turn.tx, item.tenant, f.reserved, e.decision.quota_used, cost_of(f, e.result));
  if (tell && f.stage().settle != nullptr && !item.row.empty()) {
    const Masks masks = masks_of(turn, f);
    MaskedTransaction tx(turn.tx, masks);
    Settling s = settling_of(turn, tx, f.stage().name, item.tenant, e.decision, f.reserved);
    f.stage().settle(s, item, e.result);
  }
  const Done* done = done_of(e.result.outcome);
  turn.tally.add(f.stage().name, item.tenant, e.decision, done != nullptr ? done->reference : std::string());
  log_end(turn, f.stage().name, item.key, item.tenant, e.decision);
}

// True: a part was settled, and more is left. The item stays in flight, and its row as it is.
bool settle_part(Turn& turn, const Flight& f, const Ending& e) {
  const Item& item = f.item();
  if (f.stage().settle_part == nullptr || done_of(e.result.outcome) == nullptr || item.row.empty()) return false;
  if (!ledger::is_ours(turn.tx, f.stage().name, item.key, turn.run.run, f.turn))
    return false; // finish() says what then
  const Masks masks = masks_of(turn, f);
  MaskedTransaction tx(turn.tx, masks);
  Settling s = settling_of(turn, tx, f.stage().name, item.tenant, e.decision, f.reserved);
  const auto next = f.stage().settle_part(s, item, e.result, f.part);
  if (next) turn.parts.emplace(&f, *next);
  return next.has_value();
}

// The attempt keeps its answer. What may have happened and must not happen twice waits for a person; all else is done
// again in an hour.
Ending mended(const Turn& turn, const Flight& f, Ending e, const Bug& bug) {
  const Outcome& outcome = e.result.outcome;
  const bool may_have_happened =
      f.armed_at && (done_of(outcome) != nullptr || (!outcome && outcome.error().fault == Fault::uncertain));
  e.decision = wait_for_mend(turn.now, f.stage(), bug);
  if (f.script.looking_up || (may_have_happened && !f.stage().repeats)) {
    e.decision.next = Next::held;
    e.decision.word = "held";
    e.decision.waits_for.clear();
    e.decision.quota_stays = true;
    e.decision.counted = true;
  }
  return e;
}

} // namespace

std::optional<Bug> bug_in(const std::function<void()>& call) {
  try {
    call();
    return std::nullopt;
  } catch (const db::DatabaseError& e) {
    if (e.kind != db::DatabaseError::Kind::constraint) throw;
    return bug_of(e);
  } catch (const std::exception& e) {
    return bug_of(e);
  }
}

void guarded(Turn& turn, const About& about, const std::function<void()>& body,
             const std::function<void(const Bug&)>& mend) {
  if (!turn.careful) return body();
  World& world = turn.run.world;
  world.flush(turn.tx); // what came before this body is not forgotten with it
  const std::size_t lines = turn.lines.size();
  const auto bug = bug_in([&] {
    turn.tx.savepoint([&] {
      body();
      world.flush(turn.tx);
    });
  });
  if (!bug) return;
  world.forget();
  world.refresh(turn.tx);
  turn.lines.resize(lines);
  // Ten thousand items that meet the same are one line, and the hourly tries of a day no more.
  if (tell_once_a_day(turn.tx, fmt::format("bug in {}: {}", about.stage, text::one_line(bug->what, 200)), about.tenant,
                      bug->reason, turn.now))
    turn.lines.emplace_back([job = std::string(turn.run.job.name), stage = std::string(about.stage),
                             key = about.key != nullptr ? about.key->text() : std::string(),
                             tenant = about.tenant != nullptr ? slug_of(turn.tx, about.tenant->value) : std::string(),
                             bug = *bug] {
      log::error(bug.reason.is("bug") ? "bug" : "unusable_row",
                 {{"job", job}, {"stage", stage}, {"key", key}, {"tenant", tenant}, {"detail", bug.what}});
    });
  mend(*bug);
  world.flush(turn.tx);
}

ledger::Decision wait_for_mend(Time now, const Stage& stage, const Bug& bug) {
  return {.next = Next::due,
          .at = now + mend_time,
          .counted = false,
          .word = "waiting", // for somebody: the run warns of it, as of a refused credential
          .reason = bug.reason,
          .detail = text::one_line(bug.what, 300),
          .waits_for = fmt::format("stage {}", stage.name)}; // the word that it is told by
}

db::Row load_row(db::Transaction& tx, const Stage& stage, const Key& key) {
  return tx.one(stage.load, {{"id", key.id}}).value_or(db::Row());
}

Settling settling_of(Turn& turn, db::Transaction& tx, std::string_view stage, const TenantId& tenant,
                     const ledger::Decision& d, const std::vector<ledger::Reserved>& reserved) {
  const Time now = turn.now;
  return {.tx = tx,
          .now = now,
          .run = turn.run.run,
          .next = d.next,
          .next_at = d.at,
          .reason = d.reason,
          .detail = d.detail,
          .period_of =
              [&reserved](std::string_view meter) {
                const auto found = std::ranges::find(reserved, meter, &ledger::Reserved::meter);
                return found == reserved.end() ? std::string() : found->period;
              },
          .enqueue =
              [&turn](std::string_view next, const Key& key, const TenantId& whose, Time due_at, Rank rank) {
                ledger::enqueue(turn.tx, next, key, whose, due_at, rank, turn.now);
                if (due_at <= turn.now) turn.fresh.emplace(std::string(next), whose, rank);
              },
          .hasten =
              [&turn](std::string_view next, const Key& key, Time due_at) {
                ledger::hasten(turn.tx, next, key, due_at);
                turn.woke = turn.woke || due_at <= turn.now;
              },
          .wake =
              [&turn](const TenantId& whose, std::string_view waits_for) {
                ledger::wake(turn.tx, whose, waits_for, turn.now);
                turn.woke = true;
              },
          .store_credential =
              [&turn](const NewCredential& c) {
                if (!turn.run.rooms.vault.store(turn.tx, c, turn.now)) return false;
                turn.run.world.credential_changed();
                turn.woke = true;
                return true;
              },
          .count = [&turn, stage, tenant](std::string_view what, const Reason& reason,
                                          std::int64_t times) { turn.tally.add(stage, tenant, what, reason, times); },
          .settings = &turn.run.rooms.settings};
}

void settle(Turn& turn, const Flight& f) {
  guarded(
      turn, {.stage = f.stage().name, .key = &f.item().key, .tenant = &f.item().tenant},
      [&] {
        const Ending e = f.script.looking_up ? end_of_lookup(turn, f) : end_of_work(turn, f);
        if (!settle_part(turn, f, e)) finish(turn, f, e, true);
      },
      [&](const Bug& bug) {
        turn.parts.erase(&f);
        const Ending e = f.script.looking_up ? end_of_lookup(turn, f) : end_of_work(turn, f);
        finish(turn, f, mended(turn, f, e, bug), false);
      });
}

void settle_in_place(Turn& turn, const Stage& stage, const Item& item, const ledger::Candidate& row,
                     const Judged& judged) {
  World& world = turn.run.world;
  ledger::Around around{.attempts = 0, .chance = chance(), .look_after = {}, .rests_until = {}};
  if (!judged.verdict && judged.verdict.error().fault == Fault::setting)
    around.credential =
        judged.credential() != nullptr ? waits_for(judged.credential()->id) : waits_for_one(judged.service);
  ledger::Decision d = ledger::decide(stage, judged.verdict, turn.now, around);
  if (judged.place && d.next == Next::due) d.at = judged.place->at; // exactly then, however soon
  if (row.uncertain && d.next == Next::due) d.next = Next::uncertain;
  const bool open = d.next == Next::due || d.next == Next::uncertain;
  d.quota_stays = open;
  if (judged.place && d.next == Next::due)
    world.paces.take(turn.tx, judged.plan.pace, judged.credential(), *judged.place, turn.now);
  ledger::put_off(turn.tx, stage.name, row, d, judged.place ? std::optional(judged.place->given) : std::nullopt,
                  turn.now);
  std::vector<ledger::Reserved> reserved = row.reserved;
  if (d.next == Next::done && reserved.empty()) reserved = world.usage.reserve(turn.tx, item.tenant, judged.plan.quota);
  if (!open) world.usage.settle(turn.tx, item.tenant, reserved, d.quota_used);
  if (stage.settle != nullptr && !item.row.empty()) {
    Settling s = settling_of(turn, turn.tx, stage.name, item.tenant, d, reserved);
    stage.settle(s, item, Result{judged.verdict});
  }
  turn.tally.add(stage.name, item.tenant, d);
  if (!open) log_end(turn, stage.name, item.key, item.tenant, d);
}

void tell_stage(Turn& turn, const Stage& stage, Item item, const ledger::Decision& d, const Result& result,
                const std::vector<ledger::Reserved>& reserved) {
  if (stage.settle == nullptr) return;
  item.row = load_row(turn.tx, stage, item.key);
  if (item.row.empty()) return;
  Settling s = settling_of(turn, turn.tx, stage.name, item.tenant, d, reserved);
  stage.settle(s, item, result);
}

void log_end(Turn& turn, std::string_view stage, const Key& key, const TenantId& tenant, const ledger::Decision& d) {
  if (!log::enabled(log::Level::info)) return;
  turn.lines.emplace_back([stage = std::string(stage), key = key.text(), tenant = tenant.value, d] {
    const bool waits = d.next == Next::due || d.next == Next::uncertain;
    log::info("item_ended", {{"stage", stage},
                             {"key", key},
                             {"tenant", tenant},
                             {"outcome", d.word},
                             {"reason", d.reason.code()},
                             {"detail", d.detail},
                             {"next", waits ? zone::utc(d.at) : std::string()}});
  });
}

void write_lines(const Turn& turn) {
  for (const auto& line : turn.lines) line();
}

} // namespace milkrun
