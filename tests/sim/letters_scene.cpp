// Invoices, walks through drips, and the messages of both.
#include "sim/letters_scene.hpp"

#include "base/zone.hpp"
#include "outreach/enroll.hpp"
#include "sim/judge.hpp"
#include "sim/tenant_scene.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace milkrun::sim {
namespace {

constexpr Millis a_day{24 * 3'600'000};

class Letters final : public TenantScene {
public:
  Letters()
      : TenantScene(product_jobs({"send-reminders", "advance-drips", "deliver"}),
                    {{"whatsapp", "https://gw.example/send", "17841", R"({"adapter":"bearer"})"}}) {}
  void set_up(Stand& s) override;
  Served serve(const http::Request& r, const std::string& tenant, const Remote& remote) override;
  void meddle(Stand& s) override;
  void mend(Stand& s) override;
  void leaving(Stand& s, const http::Request& r) override;
  void judge_commit(Stand& s, db::Transaction& tx) override;
  void judge(Stand& s, bool at_rest) override;

private:
  struct Person {
    std::string id, tenant, phone;
  };
  void furnish(Stand& s, db::Transaction& tx, const db::Param& id);
  void add_person(Stand& s);
  void add_invoice(Stand& s, const Person& p);
  void enroll(Stand& s, const Person& p);
  // Each message is known by its number and its words.
  static std::string name_of(const http::Request& r) {
    return cut(r.body, R"("number":")", "\"") + "|" + cut(r.body, R"("message":")", "\"");
  }
  static std::string name_of(const db::Row& r) { return r.text("phone").substr(1) + "|" + r.text("text"); }
  void judge_order(Stand& s);

  std::vector<Person> people_;
  int invoices_ = 0, sent_ = 0;
};

// A drip of three steps, two rules for invoices, and what slows a sender down.
void Letters::furnish(Stand& s, db::Transaction& tx, const db::Param& id) {
  Dice& d = s.dice;
  const db::Value daily = d.percent(30) ? db::Value(std::int64_t{d.between(1, 4)}) : db::Value();
  tx.execute(test::sql("UPDATE tenants SET messages_per_day = $d, sender_interval_ms = $i, reminder_gap_hours = $g "
                       "WHERE id = $id"),
             {id, {"d", daily}, {"i", d.of({0, 0, 1'000, 10'000})}, {"g", d.of({0, 20})}});
  tx.execute(test::sql("INSERT INTO campaigns (id, tenant_id, slug, name, kind, window_start, window_end) "
                       "VALUES ('g' || $id, $id, 'walk', 'Walk', 'drip', '00:00', $to)"),
             {id, {"to", d.percent(50) ? "00:00" : "21:00"}});
  for (const char* step : {"a", "b", "c"})
    tx.execute(
        test::sql("INSERT INTO steps (id, tenant_id, campaign_id, slug, position, delay_value, delay_unit, text) "
                  "VALUES ($id || $step, $id, 'g' || $id, $step, $n, $delay, 'hours', $text)"),
        {id,
         {"step", step},
         {"n", static_cast<std::int64_t>(step[0] - 'a')},
         {"delay", d.of({0, 1, 30})},
         {"text", fmt::format(R"({{"":"step {} for {{name}}"}})", step)}});
  for (const int offset : {0, 3})
    tx.execute(test::sql("INSERT INTO reminder_rules (id, tenant_id, slug, offset_days, text, active_since) VALUES "
                         "($id || $n, $id, $n, $o, $text, 0)"),
               {id,
                {"n", fmt::format("rule{}", offset)},
                {"o", offset},
                {"text", fmt::format(R"({{"":"rule{}: pay {{invoice_number}}"}})", offset)}});
}

void Letters::add_person(Stand& s) {
  const int n = static_cast<int>(people_.size()) + 1;
  Person p{.id = fmt::format("p{:03}", n), .tenant = any_tenant(s), .phone = fmt::format("+49170{:07}", 1'000'000 + n)};
  test::change(s.real,
               "INSERT INTO contacts (id, tenant_id, phone, name, consent) VALUES ($id, $t, $phone, 'N' || $id, $c)",
               {{"id", p.id}, {"t", p.tenant}, {"phone", p.phone}, {"c", s.dice.percent(90)}});
  people_.push_back(std::move(p));
}

void Letters::add_invoice(Stand& s, const Person& p) {
  test::change(
      s.real,
      "INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, amount_minor, due_on, created_at) "
      "VALUES ($id, $t, $c, $id, 'EUR', 2, 11900, $due, 0)",
      {{"id", fmt::format("N-{:03}", ++invoices_)},
       {"t", p.tenant},
       {"c", p.id},
       {"due", zone::local_date("UTC", s.clock.now() + s.dice.between(0, 3) * a_day)}});
}

void Letters::enroll(Stand& s, const Person& p) {
  s.real.transact([&](db::Transaction& tx) {
    outreach::enroll(tx, {p.tenant}, "g" + p.tenant, p.id, s.clock.now(), s.clock.now());
  });
}

void Letters::set_up(Stand& s) {
  add_tenants(s, s.dice.between(1, 3), [&](db::Transaction& tx, const db::Param& id) { furnish(s, tx, id); });
  for (int n = s.dice.between(2, 5); n > 0; --n) add_person(s);
  for (const Person& p : people_) s.dice.percent(50) ? add_invoice(s, p) : enroll(s, p);
}

Served Letters::serve(const http::Request& r, const std::string& tenant, const Remote&) {
  if (!may_enter(tenant)) return {{.status = 401, .body = R"({"message":"invalid token"})", .url = r.url}};
  return {{.status = 200, .body = fmt::format(R"({{"id":"wamid-{}","status":"queued"}})", ++sent_), .url = r.url},
          "deliver",
          name_of(r)};
}

void Letters::meddle(Stand& s) {
  Dice& d = s.dice;
  const Person person = d.of(people_);
  const db::Param contact("contact", person.id), now("now", s.clock.now());
  switch (d.below(11)) {
  case 0:
    return test::change(s.real,
                        "INSERT INTO suppressions (tenant_id, channel, address, source, since) VALUES ($t, 'whatsapp', "
                        "$a, 'import', $now) ON CONFLICT DO NOTHING",
                        {{"t", person.tenant}, {"a", person.phone}, now});
  case 1: return test::change(s.real, "UPDATE contacts SET consent = 0 WHERE id = $contact", {contact});
  case 2:
    return test::change(s.real,
                        "UPDATE invoices SET status = 'paid', paid_at = $now, planned = 0 WHERE contact_id = $contact",
                        {now, contact});
  case 3:
    return test::change(
        s.real, "UPDATE invoices SET due_on = $due, planned = 0 WHERE contact_id = $contact AND status = 'open'",
        {{"due", zone::local_date("UTC", s.clock.now() + d.between(0, 3) * a_day)}, contact});
  case 4: return s.remote.pass(s.clock.now() + d.between(1, 48) * Millis(3'600'000));
  case 5: return add_invoice(s, person);
  case 6: return enroll(s, person);
  case 7:
    return test::change(s.real,
                        "UPDATE campaigns SET status = CASE status WHEN 'running' THEN 'paused' ELSE 'running' END "
                        "WHERE tenant_id = $id",
                        {{"id", any_tenant(s)}});
  default: return common_meddling(s);
  }
}

void Letters::mend(Stand& s) {
  TenantScene::mend(s);
  test::change(s.real, "UPDATE campaigns SET status = 'running'");
}

void Letters::leaving(Stand& s, const http::Request& r) {
  if (r.effect != http::Effect::once) return;
  const std::string name = name_of(r);
  const db::Rows rows =
      test::rows(s.real,
                 "SELECT m.id, m.class, c.consent, (SELECT count(*) FROM suppressions x WHERE x.tenant_id = "
                 "m.tenant_id AND x.address = c.phone) AS opted_out, "
                 "(SELECT count(*) FROM reminders d JOIN invoices i ON i.id = d.invoice_id WHERE d.message_id = m.id "
                 "AND i.status <> 'open') AS closed "
                 "FROM messages m JOIN contacts c ON c.tenant_id = m.tenant_id AND c.id = m.contact_id "
                 "WHERE $name = substr(c.phone, 2) || '|' || m.text AND m.state IN ('queued', 'held')",
                 {{"name", name}});
  if (rows.empty()) return s.findings.add("a message that is not in the outbox leaves: " + name);
  const db::Row& row = rows.front();
  if (row.integer("opted_out") > 0) s.findings.add("sent to somebody who opted out: " + name);
  if (row.text("class") == "marketing" && !row.flag("consent")) s.findings.add("sent without consent: " + name);
  if (row.integer("closed") > 0) s.findings.add("asks for what is paid: " + name);
  must_be_armed(s, "deliver", Key{"message", row.text("id")});
}

// Nobody gets a later step before an earlier one, unless an operator says so: what is held keeps no walk waiting, and
// may go again long after.
void Letters::judge_order(Stand& s) {
  std::set<std::string> by_word;
  for (const db::Row& r : test::rows(s.real, "SELECT c.phone, m.text FROM sim_words w JOIN messages m ON w.key = "
                                             "'message:' || m.id JOIN contacts c ON c.id = m.contact_id "
                                             "WHERE w.stage = 'deliver' AND w.word IN ('resend', 'retry')"))
    by_word.insert(name_of(r));
  std::map<std::string, std::string> last;
  for (const Effect& e : s.remote.effects()) {
    const std::string step = cut(e.key, "|step ", " ");
    if (step.empty()) continue;
    std::string& before = last[e.key.substr(0, e.key.find('|'))];
    if (step < before && !by_word.contains(e.key)) s.findings.add("out of order: " + e.key);
    before = std::max(before, step);
  }
}

void Letters::judge_commit(Stand& s, db::Transaction& tx) {
  judge_limits(s, tx,
               "SELECT u.tenant_id, u.meter, u.period, u.used + u.reserved AS n FROM usage u JOIN tenants t "
               "ON t.id = u.tenant_id WHERE (u.meter = 'messages a day' AND u.used + u.reserved > t.messages_per_day) "
               "OR (u.meter LIKE 'marketing to contact %' AND u.used + u.reserved > t.marketing_per_day)");
}

void Letters::judge(Stand& s, bool at_rest) {
  judge_outbox(s, at_rest, [](const db::Row& r) { return name_of(r); });
  judge_order(s);
  for (const db::Row& r : test::rows(
           s.real,
           "SELECT r.id FROM reminders r WHERE r.state = 'planned' AND NOT EXISTS (SELECT 1 FROM ledger l WHERE "
           "l.stage = 'plan-reminder' "
           "AND l.key = 'reminder:' || r.id || ':' || r.turn AND l.state NOT IN ('done', 'cancelled', 'discarded'))"))
    s.findings.add("a reminder waits for nothing: " + r.text("id"));
  for (const db::Row& r : test::rows(s.real, "SELECT e.id FROM enrollments e WHERE e.state = 'active' AND e.enqueued = "
                                             "1 AND NOT EXISTS (SELECT 1 FROM ledger l WHERE l.stage = 'advance-step' "
                                             "AND l.key = 'enrollment:' || e.id || ':' || e.step_id AND l.state NOT IN "
                                             "('done', 'cancelled', 'discarded'))"))
    s.findings.add("a walk waits for nothing: " + r.text("id"));
  if (!at_rest) return;
  for (const db::Row& r : test::rows(s.real, "SELECT id FROM invoices WHERE planned = 0"))
    s.findings.add("an invoice is never planned: " + r.text("id"));
  for (const db::Row& r : test::rows(s.real, "SELECT id FROM enrollments WHERE state = 'active'"))
    s.findings.add("a walk never ends: " + r.text("id"));
}

} // namespace

std::unique_ptr<Scene> letters_scene() { return std::make_unique<Letters>(); }

} // namespace milkrun::sim
