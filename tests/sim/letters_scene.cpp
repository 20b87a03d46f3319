// Invoices, walks through drips, and the messages of both. Each message is known by its number and its words.
#include "sim/letters_scene.hpp"

#include "base/zone.hpp"
#include "jobs/jobs.hpp"
#include "outreach/enroll.hpp"
#include "sim/judge.hpp"
#include "sim/operator.hpp"
#include "support/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace milkrun::sim {
namespace {

constexpr Millis a_day{24 * 3'600'000};

std::string between_marks(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t a = text.find(from);
  if (a == std::string_view::npos) return {};
  const std::string_view rest = text.substr(a + from.size());
  return std::string(rest.substr(0, rest.find(to)));
}

class Letters final : public Scene {
public:
  Letters() {
    for (const Job* job : all_jobs())
      if (job->name == "send-reminders" || job->name == "advance-drips" || job->name == "deliver")
        jobs_.push_back(*job);
  }
  const std::vector<Job>& jobs() const override { return jobs_; }
  void set_up(Stand& s) override;
  Served serve(const http::Request& r, const std::string& tenant, const Remote& remote) override;
  void meddle(Stand& s) override;
  void mend(Stand& s) override;
  void decide_held(Stand& s) override { sim::decide_held(s, jobs_); }
  void leaving(Stand& s, const http::Request& r) override;
  void judge(Stand& s, bool at_rest) override;

private:
  struct Person {
    std::string id, tenant, phone;
  };
  void add_tenant(Stand& s, const std::string& id);
  void add_person(Stand& s);
  void add_invoice(Stand& s, const Person& p);
  void enroll(Stand& s, const Person& p);
  void new_password(Stand& s, const std::string& tenant, bool right);
  static std::string name_of(const http::Request& r) {
    return between_marks(r.body, R"("number":")", "\"") + "|" + between_marks(r.body, R"("message":")", "\"");
  }
  void judge_messages(Stand& s, bool at_rest);
  void judge_order(Stand& s);

  std::vector<Job> jobs_;
  std::vector<std::string> tenants_;
  std::vector<Person> people_;
  std::set<std::string> locked_out_;
  int passwords_ = 0, invoices_ = 0, sent_ = 0;
};

void Letters::new_password(Stand& s, const std::string& tenant, bool right) {
  const std::string secret = fmt::format("secret-{}-{}", tenant, ++passwords_);
  s.remote.knows(secret, tenant);
  if (right)
    locked_out_.erase(tenant);
  else
    locked_out_.insert(tenant);
  s.real.transact([&](db::Transaction& tx) {
    s.vault.store(tx,
                  {.scope = "tenant",
                   .tenant = {tenant},
                   .owner_key = tenant,
                   .service = "whatsapp",
                   .base_url = "https://gw.example/send",
                   .account = "17841",
                   .settings = R"({"adapter":"bearer"})",
                   .secret = Secret(secret)},
                  s.clock.now());
  });
}

void Letters::add_tenant(Stand& s, const std::string& id) {
  Dice& d = s.dice;
  tenants_.push_back(id);
  s.real.transact([&](db::Transaction& tx) {
    test::add_tenant(tx, id);
    const db::Value daily = d.percent(30) ? db::Value(std::int64_t{d.between(1, 4)}) : db::Value();
    tx.execute(test::sql("UPDATE tenants SET messages_per_day = $d, sender_interval_ms = $i, reminder_gap_hours = $g "
                         "WHERE id = $id"),
               {{"id", id}, {"d", daily}, {"i", d.of({0, 0, 1'000, 10'000})}, {"g", d.of({0, 20})}});
    tx.execute(test::sql("INSERT INTO campaigns (id, tenant_id, slug, name, kind, window_start, window_end) "
                         "VALUES ('g' || $id, $id, 'walk', 'Walk', 'drip', '00:00', $to)"),
               {{"id", id}, {"to", d.percent(50) ? "00:00" : "21:00"}});
    for (const char* step : {"a", "b", "c"})
      tx.execute(
          test::sql("INSERT INTO steps (id, tenant_id, campaign_id, slug, position, delay_value, delay_unit, text) "
                    "VALUES ($id || $step, $id, 'g' || $id, $step, $n, $delay, 'hours', $text)"),
          {{"id", id},
           {"step", step},
           {"n", static_cast<std::int64_t>(step[0] - 'a')},
           {"delay", d.of({0, 1, 30})},
           {"text", fmt::format(R"({{"":"step {} for {{name}}"}})", step)}});
    for (const int offset : {0, 3})
      tx.execute(test::sql("INSERT INTO reminder_rules (id, tenant_id, slug, offset_days, text, active_since) VALUES "
                           "($id || $n, $id, $n, $o, $text, 0)"),
                 {{"id", id},
                  {"n", fmt::format("rule{}", offset)},
                  {"o", offset},
                  {"text", fmt::format(R"({{"":"rule{}: pay {{invoice_number}}"}})", offset)}});
  });
  new_password(s, id, true);
}

void Letters::add_person(Stand& s) {
  const int n = static_cast<int>(people_.size()) + 1;
  Person p{.id = fmt::format("p{:03}", n),
           .tenant = s.dice.of(tenants_),
           .phone = fmt::format("+49170{:07}", 1'000'000 + n)};
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
  for (int n = s.dice.between(1, 3), i = 0; i < n; ++i) add_tenant(s, fmt::format("tenant{}", i));
  for (int n = s.dice.between(2, 5); n > 0; --n) add_person(s);
  for (const Person& p : people_) s.dice.percent(50) ? add_invoice(s, p) : enroll(s, p);
}

Served Letters::serve(const http::Request& r, const std::string& tenant, const Remote&) {
  if (tenant.empty() || locked_out_.contains(tenant))
    return {{.status = 401, .body = R"({"message":"invalid token"})", .url = r.url}};
  return {{.status = 200, .body = fmt::format(R"({{"id":"wamid-{}","status":"queued"}})", ++sent_), .url = r.url},
          "deliver",
          name_of(r)};
}

void Letters::meddle(Stand& s) {
  Dice& d = s.dice;
  const std::string& tenant = d.of(tenants_);
  const Person person = d.of(people_);
  switch (d.below(11)) {
  case 0: return new_password(s, tenant, d.percent(50));
  case 1: return test::change(s.real, "UPDATE tenants SET active = 1 - active WHERE id = $id", {{"id", tenant}});
  case 2:
    return test::change(s.real,
                        "INSERT INTO suppressions (tenant_id, channel, address, source, since) VALUES ($t, 'whatsapp', "
                        "$a, 'import', $now) ON CONFLICT DO NOTHING",
                        {{"t", person.tenant}, {"a", person.phone}, {"now", s.clock.now()}});
  case 3: return test::change(s.real, "UPDATE contacts SET consent = 0 WHERE id = $id", {{"id", person.id}});
  case 4:
    return test::change(s.real,
                        "UPDATE invoices SET status = 'paid', paid_at = $now, planned = 0 WHERE contact_id = $c",
                        {{"now", s.clock.now()}, {"c", person.id}});
  case 5:
    return test::change(s.real,
                        "UPDATE invoices SET due_on = $due, planned = 0 WHERE contact_id = $c AND status = 'open'",
                        {{"due", zone::local_date("UTC", s.clock.now() + d.between(0, 3) * a_day)}, {"c", person.id}});
  case 6: return s.remote.pass(s.clock.now() + d.between(1, 48) * Millis(3'600'000));
  case 7: return add_invoice(s, person);
  case 8: return enroll(s, person);
  case 9:
    return test::change(s.real,
                        "UPDATE campaigns SET status = CASE status WHEN 'running' THEN 'paused' ELSE 'running' END "
                        "WHERE tenant_id = $id",
                        {{"id", tenant}});
  default: return operator_word(s, jobs_);
  }
}

void Letters::mend(Stand& s) {
  for (const std::string& tenant : tenants_) new_password(s, tenant, true);
  test::change(s.real, "UPDATE tenants SET active = 1");
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

void Letters::judge_messages(Stand& s, bool at_rest) {
  for (const db::Row& r :
       test::rows(s.real, "SELECT l.state, l.reason, l.key, l.tenant_id, m.state AS message, substr(c.phone, 2) || '|' "
                          "|| m.text AS name FROM ledger l "
                          "JOIN messages m ON l.key = 'message:' || m.id JOIN contacts c ON c.tenant_id = m.tenant_id "
                          "AND c.id = m.contact_id WHERE l.stage = 'deliver' ORDER BY l.key")) {
    judge_effect(s, "deliver", r.text("name"), r);
    const std::string state = r.text("state"), message = r.text("message");
    if (state == "done" && message != "sent")
      s.findings.add(fmt::format("{} is done and its message {}", r.text("key"), message));
    if (at_rest && message == "queued") s.findings.add(r.text("key") + " is still queued");
  }
  judge_used(
      s, "messages",
      test::rows(
          s.real,
          "SELECT tenant_id, usage_period AS period, count(*) AS n FROM messages WHERE state = 'sent' GROUP BY 1, 2"));
}

// Nobody gets a later step before an earlier one.
void Letters::judge_order(Stand& s) {
  std::map<std::string, std::string> last;
  for (const Effect& e : s.remote.effects()) {
    const std::string step = between_marks(e.key, "|step ", " ");
    if (step.empty()) continue;
    std::string& before = last[e.key.substr(0, e.key.find('|'))];
    if (step < before) s.findings.add("out of order: " + e.key);
    before = std::max(before, step);
  }
}

void Letters::judge(Stand& s, bool at_rest) {
  judge_messages(s, at_rest);
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
