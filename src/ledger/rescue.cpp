// What a dead run left in flight: never lost, never repeated blindly, and never allowed to kill run after run.
#include "ledger/runs.hpp"
#include "sql/ledger.hpp"
#include "sql/runs.hpp"

#include <algorithm>

namespace milkrun::ledger {
namespace {

constexpr int work_crashes = 2;      // at this many an item that was being worked on is poison
constexpr int reconcile_crashes = 4; // a look-up changes nothing: it may be interrupted more often

struct Left { // one row of a dead run
  const db::Row& row;
  const Stage* stage; // null: another version's
  Time now;
  bool begun() const { return row.maybe_text("attempt_id").has_value(); }
  bool reconciling() const { return begun() && row.text_or_empty("kind") == "reconcile"; }
  bool armed() const { return begun() && !row.null("armed_at"); }
  int crashes() const { return static_cast<int>(row.integer("crashes")) + (begun() ? 1 : 0); }
};

Decision to(Next next, Time at, Reason reason, bool counted, bool quota_stays) {
  return {.next = next,
          .at = at,
          .counted = counted,
          .word = std::string(word(next)),
          .reason = std::move(reason),
          .detail = "",
          .quota_stays = quota_stays};
}

Decision decide_left(const Left& l) {
  if (!l.begun()) { // claimed only
    const bool uncertain = !l.row.null("uncertain_attempt");
    return to(uncertain ? Next::uncertain : Next::due, l.now, {}, true, uncertain);
  }
  if (l.reconciling()) {
    const bool poison = l.crashes() >= reconcile_crashes;
    return to(poison ? Next::held : Next::uncertain, l.now,
              poison ? Reason("lookup.crashed_often") : Reason("lookup.crashed"), false, true);
  }
  if (l.armed()) {
    const Time look = l.row.maybe_time("look_after").value_or(l.now);
    if (l.stage == nullptr || l.stage->reconcile != nullptr)
      return to(Next::uncertain, look, "run.died_after_sending", true, true);
    if (!l.stage->repeats) return to(Next::held, l.now, "run.died_after_sending", true, true);
  }
  if (l.crashes() >= work_crashes) return to(Next::discarded, l.now, "run.crashed_twice", true, false);
  return to(Next::due, l.now, l.armed() ? Reason("run.died_after_sending") : Reason("run.died_before_sending"), false,
            false);
}

// The attempt that may have happened: an earlier one, or the one that was armed.
db::Value uncertain_attempt(const Left& l, const Decision& d) {
  if (d.next != Next::uncertain && d.next != Next::held) return {};
  return l.row.null("uncertain_attempt") ? db::Value(l.row.text("attempt_id"))
                                         : db::Value(l.row.text("uncertain_attempt"));
}

void put_back(db::Transaction& tx, const Left& l, const Decision& d, const RunId& run) {
  const bool final = d.next == Next::discarded;
  tx.execute(sql::runs::rescue, {{"stage", l.row.text("stage")},
                                 {"key", l.row.text("key")},
                                 {"run", run.value},
                                 {"state", word(d.next)},
                                 {"due_at", d.at},
                                 {"reason", d.reason.code()},
                                 {"args", d.reason.args_json()},
                                 {"uncounted", l.begun() && !l.reconciling() && !d.counted ? 1 : 0},
                                 {"crashed", l.begun() ? 1 : 0},
                                 {"uncertain", uncertain_attempt(l, d)},
                                 {"finished_at", final ? db::Value(to_ms(l.now)) : db::Value()}});
  if (!d.quota_stays) free_quota(tx, l.row.text("stage"), l.row.text("key"), false);
  if (l.begun())
    tx.execute(sql::ledger::end_attempt, {{"attempt", l.row.text("attempt_id")},
                                          {"now", l.now},
                                          {"outcome", "lost"},
                                          {"reason", d.reason.code()},
                                          {"args", d.reason.args_json()},
                                          {"detail", ""},
                                          {"reference", ""},
                                          {"http_status", 0},
                                          {"usage", ""}});
}

} // namespace

std::vector<Rescued> rescue(db::Transaction& tx, const RunRow& dead, const std::vector<Stage>& stages, Time now) {
  std::vector<Rescued> out;
  for (const db::Row& row : tx.query(sql::runs::in_flight, {{"run", dead.id.value}})) {
    const auto stage = std::ranges::find(stages, std::string_view(row.text("stage")), &Stage::name);
    if (stage == stages.end() && !dead.own_job) continue;
    const Left left{row, stage == stages.end() ? nullptr : &*stage, now};
    const Decision decision = decide_left(left);
    put_back(tx, left, decision, dead.id);
    out.push_back({Item{.stage = row.text("stage"),
                        .key = row.text("key"),
                        .tenant = {row.text("tenant_id")},
                        .attempt = static_cast<int>(row.integer("attempts")),
                        .row = {}},
                   decision});
  }
  if (dead.own_job) end_run(tx, dead.id, 70, "rescued", now);
  return out;
}

} // namespace milkrun::ledger
