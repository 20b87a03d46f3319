// One item through the rooms: begin (may say no), work or look-up, settle and finish.
#include "base/kill_point.hpp"
#include "http/armed.hpp"
#include "run/room.hpp"

#include <fmt/format.h>

namespace milkrun {
namespace {

struct Lost {}; // another run owns the item: roll back this transaction's part of it

struct Begun {
  AttemptId attempt;
  int number = 0; // counted tries including this one
  Item item;      // with the row as it is now
  int lookups = 0;
};

struct Beginning {
  std::optional<Begun> begun;
  std::optional<ledger::Decision> refused;
};

// The transaction that may still say no. Throws Lost when the item is no longer ours.
Beginning begin_in(db::Transaction& tx, const RunContext& run, const Ready& ready, const AttemptId& attempt) {
  const Time now = run.now();
  Item item{.stage = ready.item.stage,
            .key = ready.item.key,
            .tenant = ready.item.tenant,
            .attempt = ready.item.attempt,
            .row = load_row(tx, *ready.stage, ready.item)}; // what was read at the claim may have changed
  if (const auto no = refuse_begin(tx, ready, item, now)) {
    const Result result{*no};
    ledger::Decision d = ledger::decide(*ready.stage, result.outcome, 0, now, jitter(), std::nullopt);
    if (ready.uncertain && d.next == Next::due) {
      d.next = Next::uncertain;
      d.quota_stays = true;
    }
    if (end_item(tx, run, ready, item, d, result, unbegun(run), now) == ledger::Ownership::lost) throw Lost();
    return {.begun = {}, .refused = d};
  }
  const auto number = ledger::begin(tx, item, run.run,
                                    {.attempt = attempt,
                                     .counted = !ready.uncertain.has_value(),
                                     .credential = ready.credential(),
                                     .host = ready.host},
                                    now);
  if (!number) throw Lost();
  Begun begun{.attempt = attempt,
              .number = *number,
              .item = std::move(item),
              .lookups = ready.uncertain ? ledger::lookups(tx, ready.item) : 0};
  begun.item.attempt = *number;
  return {.begun = std::move(begun), .refused = {}};
}

// What the armed client noted on the way out.
struct Marks {
  std::optional<Time> look_after;
};

http::Armed armed_client(const RunContext& run, const Begun& begun, Marks& marks) {
  return http::Armed(run.rooms.http,
                     [&run, &begun, &marks](const http::Request& request, const std::string& digest) -> Expected<void> {
                       const Time now = run.now();
                       const Time look_after = now + 2 * request.timeout;
                       bool ours = false;
                       kill_point("arm.before");
                       run.rooms.db.transact([&](db::Transaction& tx) {
                         ours = ledger::arm(tx, begun.attempt, digest, now, look_after);
                       });
                       kill_point("arm.after");
                       if (!ours) return fail(Fault::aborted, "run.taken_over");
                       marks.look_after = look_after;
                       return {};
                     });
}

// A bug in one item must neither end the others' run nor be repeated when its effect may have happened.
Result work(const RunContext& run, const Ready& ready, const Begun& begun, Marks& marks) {
  http::Armed http = armed_client(run, begun, marks);
  try {
    const Outside outside{http, run.rooms.clock, run.rooms.settings};
    Result result = ready.stage->work(begun.item, ready.credentials, outside);
    if (!result.outcome && result.outcome.error().http_status == 0)
      result.outcome.error().http_status = http.last_status();
    return result;
  } catch (const db::DatabaseError&) {
    throw;
  } catch (const std::exception& e) {
    return {fail(marks.look_after ? Fault::uncertain : Fault::transient, "bug", e.what())};
  }
}

Expected<Reconciled> look_up(const RunContext& run, const Ready& ready, const Begun& begun) {
  if (ready.stage->reconcile == nullptr)
    return Reconciled{.presence = Presence::unknown, .why = "the stage cannot look it up"};
  if (begun.item.row.empty()) return Reconciled{.presence = Presence::unknown, .why = Reason(row_gone).text()};
  if (ready.uncertain->credential && ready.credentials.empty())
    return Reconciled{.presence = Presence::unknown,
                      .why = "the credential it was sent with is gone, changed or cannot be opened"};
  const Outside outside{run.rooms.http, run.rooms.clock, run.rooms.settings};
  try {
    return ready.stage->reconcile(begun.item, ready.credentials, outside);
  } catch (const db::DatabaseError&) {
    throw;
  } catch (const std::exception& e) {
    return fail(Fault::transient, "bug.lookup", e.what());
  }
}

struct Judged {
  Result result;
  ledger::Decision decision;
  ledger::Finish how;
};

Judged judge_lookup(const RunContext& run, const Ready& ready, const Begun& begun, Expected<Reconciled> answer,
                    Time now) {
  const bool last = begun.number >= ready.stage->retry.max_attempts;
  const ledger::Lookup l =
      ledger::decide_lookup(answer, ready.absent, begun.lookups, last, now, run.options.reconcile_gap, jitter());
  Result result{fail(Fault::uncertain, l.decision.reason, l.decision.detail)};
  if (answer && answer->presence == Presence::found) result = std::move(answer->result);
  if (!answer) result.outcome = std::unexpected(std::move(answer).error());
  result.looked_up = true;
  return {std::move(result),
          l.decision,
          {.run = run.run, .attempt = begun.attempt, .uncertain = ready.uncertain->id, .absent = l.absent}};
}

// The attempt keeps its answer. What may have happened and must not happen twice waits for a person; all else is
// done again in an hour.
ledger::Ownership end_begun_by_bug(const RunContext& run, const Ready& ready, const Begun& begun, const Marks& marks,
                                   Judged& judged, const std::string& bug) {
  const Outcome& outcome = judged.result.outcome;
  const bool may_have_happened =
      marks.look_after && (done_of(outcome) != nullptr || (!outcome && outcome.error().fault == Fault::uncertain));
  judged.decision = wait_for_mend(run.now(), bug);
  if (ready.uncertain || (may_have_happened && !ready.stage->repeats)) {
    judged.decision.next = Next::held;
    judged.decision.word = "held";
    judged.decision.quota_stays = true;
    judged.decision.counted = true;
  }
  ledger::Ownership ownership = ledger::Ownership::ours;
  run.rooms.db.transact([&](db::Transaction& tx) {
    ownership = ledger::finish(tx, begun.item, judged.decision, judged.result, judged.how, run.now());
  });
  return ownership;
}

} // namespace

std::optional<Outcome> refuse_begin(db::Transaction& tx, const Ready& ready, const Item& item, Time now) {
  if (const auto parked = ledger::parked(tx, item, ready.credential(), ready.host, now)) return Outcome(*parked);
  if (ready.uncertain) return std::nullopt; // it has happened or not: gates and quota were passed before
  if (item.row.empty()) return Outcome(Cancel{row_gone});
  if (const auto refused = refused_by_gate(*ready.stage, item, now)) return refused;
  const Plan plan = ready.stage->plan != nullptr ? ready.stage->plan(item, now) : Plan{};
  if (const auto wait = ledger::paced(tx, plan.pace, ready.credential(), now)) return Outcome(*wait);
  if (const auto used_up = ledger::reserve(tx, item, plan.quota)) return Outcome(*used_up);
  ledger::take_pace(tx, plan.pace, ready.credential(), now);
  return std::nullopt;
}

std::optional<ledger::Decision> process(const RunContext& run, const Ready& ready) {
  const AttemptId attempt{new_id()};
  Beginning beginning;
  try {
    kill_point("begin.before");
    const auto bug = bug_in(
        [&] { run.rooms.db.transact([&](db::Transaction& tx) { beginning = begin_in(tx, run, ready, attempt); }); });
    if (bug) {
      std::optional<ledger::Decision> d;
      run.rooms.db.transact([&](db::Transaction& tx) { d = end_by_bug(tx, run, ready, *bug); });
      return d;
    }
    kill_point("begin.after");
  } catch (const Lost&) {
    return std::nullopt;
  }
  if (!beginning.begun) return beginning.refused;
  const Begun& begun = *beginning.begun;

  Marks marks;
  Judged judged;
  if (ready.uncertain) {
    kill_point("reconcile.before");
    Expected<Reconciled> answer = look_up(run, ready, begun);
    kill_point("reconcile.after");
    judged = judge_lookup(run, ready, begun, std::move(answer), run.now());
  } else {
    kill_point("work.before");
    judged.result = work(run, ready, begun, marks);
    kill_point("work.after");
    judged.decision =
        ledger::decide(*ready.stage, judged.result.outcome, begun.number, run.now(), jitter(), marks.look_after);
    judged.how = {.run = run.run, .attempt = attempt, .uncertain = {}, .absent = 0};
  }
  ledger::Ownership ownership = ledger::Ownership::ours;
  kill_point("finish.before");
  const auto bug = bug_in([&] {
    run.rooms.db.transact([&](db::Transaction& tx) {
      ownership = end_item(tx, run, ready, begun.item, judged.decision, judged.result, judged.how, run.now());
    });
  });
  if (bug) ownership = end_begun_by_bug(run, ready, begun, marks, judged, *bug);
  kill_point("finish.after");
  if (ownership == ledger::Ownership::lost) return std::nullopt;
  return judged.decision;
}

} // namespace milkrun
