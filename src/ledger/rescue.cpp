// What a dead run left in flight: never lost, never repeated blindly, and never allowed to kill run after run.
#include "ledger/queue.hpp"
#include "ledger/runs.hpp"
#include "sql/runs.hpp"

#include <algorithm>

namespace milkrun::ledger {
namespace {

constexpr int poison_lookup = 4; // a look-up changes nothing: it may be interrupted more often

struct Left { // one row of a dead run
  const db::Row& row;
  const Stage* stage; // null: another version's
  Time now;
  int beside;   // rows in flight in that run, this one included
  bool crashed; // it left for no other reason
  bool looking_up() const { return row.text("kind") == "reconcile"; }
  bool armed() const { return !looking_up() && !row.null("armed_at"); }
  int alone() const { return static_cast<int>(row.integer("alone")) + (crashed && beside == 1 ? 1 : 0); }
  int suspects() const {
    const auto before = static_cast<int>(row.integer("suspects"));
    return crashed ? next_group(before, beside) : before;
  }
};

Decision to(Next next, Time at, Reason reason, bool counted, bool quota_stays) {
  Decision d = ends(next, at, std::move(reason));
  d.counted = counted;
  d.quota_stays = quota_stays;
  return d;
}

Decision decide_left(const Left& l) {
  if (l.looking_up())
    return l.alone() >= poison_lookup ? to(Next::held, l.now, "lookup.crashed_often", true, true)
                                      : to(Next::uncertain, l.now, "lookup.crashed", true, true);
  if (l.armed()) {
    if (l.stage == nullptr || l.stage->reconcile != nullptr)
      return to(Next::uncertain, l.row.maybe_time("look_after").value_or(l.now), "run.died_after_sending", true, true);
    if (!l.stage->repeats) return to(Next::held, l.now, "run.died_after_sending", true, true);
  }
  if (l.alone() >= poison_work) return to(Next::discarded, l.now, "run.crashed_twice", true, false);
  return to(Next::due, l.now, l.armed() ? Reason("run.died_after_sending") : Reason("run.died_before_sending"), false,
            false);
}

void put_back(db::Transaction& tx, const Left& l, const Decision& d, const RunId& run) {
  const bool doubt = d.next == Next::uncertain || d.next == Next::held;
  const db::Value turn =
      l.row.null("uncertain_turn") ? db::Value(l.row.integer("turn")) : db::Value(l.row.integer("uncertain_turn"));
  const db::Param stage("stage", l.row.text("stage")), key("key", l.row.text("key")), in("run", run.value),
      number("turn", l.row.integer("turn")), reason("reason", d.reason.code());
  tx.execute(sql::runs::rescue, {stage,
                                 key,
                                 in,
                                 number,
                                 reason,
                                 {"state", word(d.next)},
                                 {"due_at", d.at},
                                 {"uncounted", d.counted ? 0 : 1},
                                 {"crashed", l.crashed},
                                 {"suspects", l.suspects()},
                                 {"alone", l.alone()},
                                 {"uncertain_turn", doubt ? turn : db::Value()},
                                 {"quota", d.quota_stays ? l.row.text("quota") : std::string()},
                                 {"finished_at", d.next == Next::discarded ? db::Value(to_ms(l.now)) : db::Value()}});
  tx.execute(sql::runs::lost, {stage,
                               key,
                               in,
                               number,
                               reason,
                               {"tenant", l.row.text("tenant_id")},
                               {"kind", l.row.text("kind")},
                               {"begun_at", l.row.time("begun_at")},
                               {"armed_at", db::value(l.row.maybe_time("armed_at"))},
                               {"now", l.now},
                               {"credential", db::value(l.row.maybe_text("credential_id"))},
                               {"owner", db::value(l.row.maybe_text("owner"))},
                               {"host", db::value(l.row.maybe_text("host"))}});
}

// Of another job's run we take only what is ours too.
db::Rows of_stages(db::Transaction& tx, const RunId& dead, const std::vector<Stage>& stages) {
  db::Rows out;
  for (const Stage& s : stages)
    for (db::Row& row : tx.query(sql::runs::in_flight_of,
                                 {{"run", dead.value}, {"stage", s.name}, {"limit", most_rescued - std::ssize(out)}}))
      out.push_back(std::move(row));
  return out;
}

// Counted once, before anybody takes the first row out: a later rescue finds fewer.
std::int64_t in_flight_at_death(db::Transaction& tx, const RunRow& dead) {
  if (dead.in_flight) return *dead.in_flight;
  const std::int64_t items = tx.one(sql::runs::in_flight_count, {{"run", dead.id.value}})->integer("items");
  tx.execute(sql::runs::found_dead, {{"run", dead.id.value}, {"items", items}});
  return items;
}

} // namespace

std::vector<Rescued> rescue(db::Transaction& tx, const RunRow& dead, bool own_job, const std::vector<Stage>& stages,
                            bool crashed, Time now) {
  const std::int64_t beside = in_flight_at_death(tx, dead);
  const db::Rows rows = own_job ? tx.query(sql::runs::in_flight, {{"run", dead.id.value}, {"limit", most_rescued}})
                                : of_stages(tx, dead.id, stages);
  std::vector<Rescued> out;
  for (const db::Row& row : rows) {
    const auto stage = std::ranges::find(stages, std::string_view(row.text("stage")), &Stage::name);
    const Left left{row, stage == stages.end() ? nullptr : &*stage, now, static_cast<int>(beside), crashed};
    const Decision decision = decide_left(left);
    put_back(tx, left, decision, dead.id);
    out.push_back({.stage = row.text("stage"),
                   .key = Key::parse(row.text("key")),
                   .tenant = {row.text("tenant_id")},
                   .decision = decision,
                   .reserved = quota_of(row.text("quota"))});
  }
  if (own_job && static_cast<std::int64_t>(rows.size()) < most_rescued) end_run(tx, dead.id, 70, "rescued", now);
  return out;
}

} // namespace milkrun::ledger
