// What must always hold.
#include "sim/judge.hpp"

#include "ledger/queue.hpp"
#include "support/reasons.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace milkrun::sim {
namespace {

// Rows of (what, name) that must not be there.
constexpr const char* row_rules = R"(
SELECT 'waits without a reason' AS what, stage || ' ' || key AS name FROM ledger
WHERE state IN ('due', 'uncertain') AND turn > 0 AND reason = ''
UNION ALL
SELECT 'in flight of a run that has ended', l.stage || ' ' || l.key FROM ledger l JOIN runs r ON r.id = l.run_id
WHERE l.state = 'running' AND r.ended_at IS NOT NULL
UNION ALL
SELECT 'ended and still holds a place in a quota', stage || ' ' || key FROM ledger
WHERE state IN ('done', 'cancelled', 'discarded') AND quota <> ''
UNION ALL
SELECT 'tries that never were', stage || ' ' || key FROM ledger WHERE attempts < 0 OR attempts > turn
)";

// History: a row for each turn that has ended, in order, and one end at most. A run that was taken for dead may bring
// its answer when the next one is at work already: both are told, and neither is a second end.
constexpr const char* attempt_rules = R"(
SELECT 'turns and attempts do not agree' AS what, l.stage || ' ' || l.key AS name FROM ledger l
WHERE l.turn - CASE WHEN l.state = 'running' THEN 1 ELSE 0 END <>
  (SELECT count(*) FROM attempts a WHERE a.stage = l.stage AND a.key = l.key AND (l.state <> 'running' OR a.turn < l.turn))
UNION ALL
SELECT 'attempt that ends before it begins', stage || ' ' || key FROM attempts
WHERE finished_at < begun_at OR (armed_at IS NOT NULL AND armed_at < begun_at)
UNION ALL
SELECT 'done twice', a.stage || ' ' || a.key FROM attempts a
WHERE a.outcome = 'done'
  AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = a.run_id AND r.ended_by = 'rescued' AND r.ended_at <= a.finished_at)
  AND NOT EXISTS (SELECT 1 FROM attempts n WHERE n.stage = a.stage AND n.key = a.key AND n.turn > a.turn
                  AND n.begun_at <= a.finished_at)
GROUP BY a.stage, a.key HAVING count(*) > 1 +
  (SELECT count(*) FROM sim_words w WHERE w.stage = a.stage AND w.key = a.key AND w.word IN ('resend', 'retry'))
UNION ALL
SELECT 'attempt of another tenant', a.stage || ' ' || a.key FROM attempts a
JOIN ledger l ON l.stage = a.stage AND l.key = a.key WHERE a.tenant_id <> l.tenant_id
)";

void each(Stand& s, const db::Rows& rows) {
  for (const db::Row& r : rows) s.findings.add(fmt::format("{}: {}", r.text("what"), r.text("name")));
}

// What is reserved is what the rows hold.
void judge_reserved(Stand& s, db::Transaction& tx) {
  std::map<std::tuple<std::string, std::string, std::string>, std::int64_t> held;
  for (const db::Row& r : tx.query(test::sql("SELECT tenant_id, quota FROM ledger WHERE quota <> ''")))
    for (const ledger::Reserved& q : ledger::quota_of(r.text("quota")))
      if (q.limited) held[{r.text("tenant_id"), q.meter, q.period}] += q.amount;
  for (const db::Row& r : tx.query(test::sql("SELECT tenant_id, meter, period, reserved FROM usage"))) {
    const std::int64_t rows = held[{r.text("tenant_id"), r.text("meter"), r.text("period")}];
    if (rows != r.integer("reserved"))
      s.findings.add(fmt::format("usage is not the ledger: {} {} {}: reserved {}, rows hold {}", r.text("tenant_id"),
                                 r.text("meter"), r.text("period"), r.integer("reserved"), rows));
  }
}

// Why something waits or ended is a code of the list, wherever it is told.
void judge_reasons(Stand& s) {
  for (const std::string& prose : test::prose_for_reasons(s.real))
    s.findings.add("a reason that nobody knows: " + prose);
}

} // namespace

void judge_commit(Stand& s, db::Transaction& tx) {
  each(s, tx.query(test::sql(row_rules)));
  judge_reserved(s, tx);
}

void judge_ledger(Stand& s, const std::string& run, bool at_rest) {
  s.real.read([&](db::Transaction& tx) {
    judge_commit(s, tx);
    each(s, tx.query(test::sql(attempt_rules)));
  });
  judge_reasons(s);
  if (!run.empty())
    each(s, test::rows(s.real,
                       "SELECT 'left in flight by a run that ended' AS what, stage || ' ' || key AS name "
                       "FROM ledger WHERE state = 'running' AND run_id = $run",
                       {{"run", run}}));
  if (at_rest)
    each(s,
         test::rows(s.real, "SELECT 'never ends' AS what, stage || ' ' || key || ' ' || state || ' ' || reason AS name "
                            "FROM ledger WHERE state IN ('due', 'uncertain', 'running', 'held')"));
}

void judge_effect(Stand& s, const std::string& stage, const std::string& key, const db::Row& row,
                  std::int64_t again_elsewhere) {
  const std::string state = row.text("state"), name = fmt::format("{} {}", stage, row.text("key"));
  const auto said = [&](const char* word) {
    return test::number(s.real, "SELECT count(*) AS n FROM sim_words WHERE stage = $s AND key = $k AND word = $w",
                        {{"s", stage}, {"k", row.text("key")}, {"w", word}});
  };
  const int times = s.remote.count(stage, key);
  if (times > 1 && times > 1 + said("resend") + said("retry") + again_elsewhere)
    s.findings.add(fmt::format("{} happened {} times", name, times));
  if (times == 0 && state == "done" && said("arrived") == 0) s.findings.add(name + " is done and never happened");
  if (times > 0 && (state == "due" || state == "cancelled" || state == "discarded") &&
      said("resend") + said("retry") + said("drop") == 0)
    s.findings.add(fmt::format("{} happened and is {} ({})", name, state, row.text("reason")));
  for (const Effect& e : s.remote.effects())
    if (e.kind == stage && e.key == key && e.tenant != row.text("tenant_id"))
      s.findings.add(fmt::format("{} of {} was done as {}", name, row.text("tenant_id"), e.tenant));
}

void judge_outbox(Stand& s, bool at_rest, const std::function<std::string(const db::Row&)>& effect_of) {
  for (const db::Row& r : test::rows(
           s.real,
           "SELECT l.state, l.reason, l.key, l.tenant_id, m.state AS message, m.contact_id, m.text, c.phone, "
           "(SELECT count(*) FROM messages o WHERE o.contact_id = m.contact_id AND o.text = m.text AND o.id <> m.id "
           "AND m.state = 'cancelled') AS anew, "
           "(SELECT count(*) FROM sim_words w JOIN messages o ON w.key = 'message:' || o.id WHERE w.stage = 'deliver' "
           "AND w.word IN ('resend', 'retry') AND o.contact_id = m.contact_id AND o.text = m.text AND o.id <> m.id) AS "
           "again_elsewhere "
           "FROM messages m JOIN contacts c ON c.id = m.contact_id "
           "LEFT JOIN ledger l ON l.stage = 'deliver' AND l.key = 'message:' || m.id ORDER BY m.id")) {
    const std::string& message = r.text("message");
    if (r.null("key")) {
      if (message == "queued") s.findings.add("a message is lost: " + effect_of(r));
      continue;
    }
    // One that was called off and composed anew in the same words is known by what became of the other.
    if (r.integer("anew") == 0) judge_effect(s, "deliver", effect_of(r), r, r.integer("again_elsewhere"));
    const std::string& state = r.text("state");
    const bool agree = state == "done"        ? message == "sent"
                       : state == "held"      ? message == "held"
                       : state == "cancelled" ? message == "cancelled"
                       : state == "discarded" ? message == "failed"
                                              : true;
    if (!agree && r.text("reason") != "bug")
      s.findings.add(fmt::format("{} is {} ({}) and its message {}", r.text("key"), state, r.text("reason"), message));
    if (at_rest && message == "queued") s.findings.add(r.text("key") + " is still queued");
  }
  judge_used(s, "messages",
             test::rows(s.real, "SELECT tenant_id, usage_period AS period, count(*) AS n FROM messages "
                                "WHERE state = 'sent' GROUP BY 1, 2"));
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

void judge_limits(Stand& s, db::Transaction& tx, const char* question) {
  for (const db::Row& r : tx.query(test::sql(question)))
    s.findings.add(fmt::format("quota exceeded: {} {} {}: {}", r.text("tenant_id"), r.text("meter"), r.text("period"),
                               r.integer("n")));
}

void must_be_armed(Stand& s, const std::string& stage, const Key& key) {
  const db::Rows rows = test::rows(s.real, "SELECT state, armed_at FROM ledger WHERE stage = $s AND key = $k",
                                   {{"s", stage}, {"k", key.text()}});
  if (rows.empty() || rows.front().null("armed_at"))
    s.findings.add(fmt::format("{} {} leaves without a mark", stage, key.text()));
}

} // namespace milkrun::sim
