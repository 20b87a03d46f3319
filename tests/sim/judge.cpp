// What must always hold.
#include "sim/judge.hpp"

#include "ledger/queue.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <map>
#include <tuple>

namespace milkrun::sim {
namespace {

void each(Stand& s, const char* question, const std::string& what) {
  for (const db::Row& r : test::rows(s.real, question)) s.findings.add(fmt::format("{}: {}", what, r.text("name")));
}

void judge_rows(Stand& s) {
  each(
      s,
      "SELECT stage || ' ' || key AS name FROM ledger WHERE state IN ('due', 'uncertain') AND turn > 0 AND reason = ''",
      "waits without a reason");
  each(s,
       "SELECT l.stage || ' ' || l.key AS name FROM ledger l JOIN runs r ON r.id = l.run_id WHERE l.state = 'running' "
       "AND r.ended_at IS NOT NULL",
       "running row of a run that has ended");
  each(s,
       "SELECT stage || ' ' || key AS name FROM ledger WHERE state IN ('done', 'cancelled', 'discarded') AND quota <> "
       "''",
       "ended and still holds a place in a quota");
  each(s, "SELECT stage || ' ' || key AS name FROM ledger WHERE attempts < 0 OR attempts > turn",
       "tries that never were");
}

// History: a row for each turn that has ended, in order, and one end at most.
void judge_attempts(Stand& s) {
  each(s,
       "SELECT l.stage || ' ' || l.key AS name FROM ledger l WHERE l.turn - CASE WHEN l.state = 'running' THEN 1 ELSE "
       "0 END <> "
       "(SELECT count(*) FROM attempts a WHERE a.stage = l.stage AND a.key = l.key AND (l.state <> 'running' OR a.turn "
       "< l.turn))",
       "turns and attempts do not agree");
  each(s,
       "SELECT stage || ' ' || key AS name FROM attempts WHERE finished_at < begun_at OR (armed_at IS NOT NULL AND "
       "armed_at < begun_at)",
       "attempt that ends before it begins");
  each(s,
       "SELECT a.stage || ' ' || a.key AS name FROM attempts a WHERE a.outcome = 'done' GROUP BY a.stage, a.key HAVING "
       "count(*) > 1 + "
       "(SELECT count(*) FROM sim_words w WHERE w.stage = a.stage AND w.key = a.key AND w.word IN ('resend', 'retry'))",
       "done twice");
  each(s,
       "SELECT a.stage || ' ' || a.key AS name FROM attempts a JOIN ledger l ON l.stage = a.stage AND l.key = a.key "
       "WHERE a.tenant_id <> l.tenant_id",
       "attempt of another tenant");
}

// What is reserved is what the rows hold; what was spent is what history says.
void judge_reserved(Stand& s) {
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> held;
  for (const db::Row& r : test::rows(s.real, "SELECT tenant_id, quota FROM ledger WHERE quota <> ''"))
    for (const ledger::Reserved& q : ledger::quota_of(r.text("quota")))
      if (q.limited) held[{r.text("tenant_id"), q.meter, q.period}] += q.amount;
  for (const db::Row& r : test::rows(s.real, "SELECT tenant_id, meter, period, reserved FROM usage")) {
    const std::int64_t rows = held[{r.text("tenant_id"), r.text("meter"), r.text("period")}];
    if (rows != r.integer("reserved"))
      s.findings.add(fmt::format("usage is not the ledger: {} {} {}: reserved {}, rows hold {}", r.text("tenant_id"),
                                 r.text("meter"), r.text("period"), r.integer("reserved"), rows));
  }
}

} // namespace

void judge_ledger(Stand& s, const std::string& run, bool at_rest) {
  judge_rows(s);
  judge_attempts(s);
  judge_reserved(s);
  if (!run.empty())
    for (const db::Row& r :
         test::rows(s.real, "SELECT stage || ' ' || key AS name FROM ledger WHERE state = 'running' AND run_id = $run",
                    {{"run", run}}))
      s.findings.add("left in flight by a run that ended: " + r.text("name"));
  if (at_rest)
    each(s,
         "SELECT stage || ' ' || key || ' ' || state || ' ' || reason AS name FROM ledger WHERE state IN ('due', "
         "'uncertain', 'running', 'held')",
         "never ends");
}

void judge_effect(Stand& s, const std::string& stage, const std::string& key, const db::Row& row) {
  const std::string state = row.text("state"), name = fmt::format("{} {}", stage, row.text("key"));
  const auto said = [&](const char* word) {
    return test::number(s.real, "SELECT count(*) AS n FROM sim_words WHERE stage = $s AND key = $k AND word = $w",
                        {{"s", stage}, {"k", row.text("key")}, {"w", word}});
  };
  const int times = s.remote.count(stage, key);
  if (times > 1 && times > 1 + said("resend") + said("retry"))
    s.findings.add(fmt::format("{} happened {} times", name, times));
  if (times == 0 && state == "done" && said("arrived") == 0) s.findings.add(name + " is done and never happened");
  if (times > 0 && (state == "due" || state == "cancelled" || state == "discarded") &&
      said("resend") + said("retry") + said("drop") == 0)
    s.findings.add(fmt::format("{} happened and is {} ({})", name, state, row.text("reason")));
  for (const Effect& e : s.remote.effects())
    if (e.kind == stage && e.key == key && e.tenant != row.text("tenant_id"))
      s.findings.add(fmt::format("{} of {} was done as {}", name, row.text("tenant_id"), e.tenant));
}

void judge_used(Stand& s, const std::string& meter, const db::Rows& expected) {
  std::map<std::pair<std::string, std::string>, std::int64_t> used;
  for (const db::Row& r : expected) used[{r.text("tenant_id"), r.text("period")}] += r.integer("n");
  for (const db::Row& r :
       test::rows(s.real, "SELECT tenant_id, period, used FROM usage WHERE meter = $m", {{"m", meter}}))
    if (const std::int64_t n = used[{r.text("tenant_id"), r.text("period")}]; n != r.integer("used"))
      s.findings.add(fmt::format("usage is not the ledger: {} {} {}: used {}, done {}", r.text("tenant_id"), meter,
                                 r.text("period"), r.integer("used"), n));
}

void must_be_armed(Stand& s, const std::string& stage, const Key& key) {
  const db::Rows rows = test::rows(s.real, "SELECT state, armed_at FROM ledger WHERE stage = $s AND key = $k",
                                   {{"s", stage}, {"k", key.text()}});
  if (rows.empty() || rows.front().null("armed_at"))
    s.findings.add(fmt::format("{} {} leaves without a mark", stage, key.text()));
}

} // namespace milkrun::sim
