// send-reminders: each invoice is told of by each rule once, at its moment, and only as long as it is right to do so.
#include "base/zone.hpp"
#include "support/reminder_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

#include <algorithm>

using namespace milkrun;
using test::at_ten;
using test::noon; // 2026-11-21, a Saturday
using test::one_day;
using test::one_hour;
using test::one_minute;

namespace {

using Desk = test::ReminderWorld;

} // namespace

TEST_CASE("an open invoice is told of at its moment, once, however often cron starts") { // M1, M21
  Desk w;
  w.rule("due", 0, R"({"en":"{first_name}: {outstanding} on {due_date}, {invoice_number}"})");
  w.invoice("N-1", "2026-11-22");
  w.ticks(at_ten - one_hour, at_ten - one_minute);
  CHECK(w.http.sent.empty());
  w.ticks(at_ten, at_ten + 2 * one_hour);
  w.ticks(at_ten + one_day, at_ten + one_day + one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).find("Ana: €119.00 on 22 Nov 2026, N-1") != std::string::npos);
  CHECK(w.state("N-1", "due") == "told");
  const db::Row m = w.rows("SELECT * FROM messages").at(0);
  CHECK(m.text("class") == "transactional");
  CHECK(m.text("state") == "sent");
  CHECK(m.time("sent_at") == noon + at_ten);
}

TEST_CASE("a paid, void, disputed or small invoice is not told of") { // M2
  for (const char* change : {"UPDATE invoices SET status = 'paid'", "UPDATE invoices SET status = 'void'",
                             "UPDATE invoices SET status = 'disputed'", "UPDATE invoices SET paid_minor = 11850",
                             "UPDATE reminder_rules SET active = 0"}) {
    CAPTURE(std::string(change));
    Desk w;
    w.rule("due", 0);
    w.invoice("N-1", "2026-11-22");
    w.remind(Millis(0));
    w.change(change);
    w.remind(at_ten);
    CHECK(w.http.sent.empty());
    CHECK(w.state("N-1", "due").starts_with("skipped: "));
  }
}

TEST_CASE("what is paid between planning and sending is not asked for; another invoice of the message still is") {
  Desk w;
  w.rule("due", 0, R"({"en":"{invoice_number}: {outstanding}"})");
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-22", "ana", 5'000);
  w.change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'"); // planned, and held back
  w.remind(at_ten);
  CHECK(w.number("SELECT count(*) AS n FROM messages WHERE state = 'queued'") == 1);
  w.change("UPDATE invoices SET status = 'paid', planned = 0 WHERE id = 'N-1'"); // as an import does
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  w.change("UPDATE ledger SET due_at = $t WHERE stage = 'deliver'", {{"t", noon + at_ten}});
  w.remind(at_ten + one_minute);
  w.remind(at_ten + 2 * one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).find("N-2: €50.00") != std::string::npos);
  CHECK(w.state("N-1", "due") == "skipped: reminder.closed");
  CHECK(w.state("N-2", "due") == "told");
}

TEST_CASE("a message that is called off because all in it is paid says so") {
  Desk w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-22", "ana", 5'000);
  w.change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'");
  w.remind(at_ten);
  w.change("UPDATE invoices SET status = 'paid', planned = 0 WHERE id = 'N-1'");
  w.change("UPDATE invoices SET paid_minor = amount_minor, planned = 0 WHERE id = 'N-2'");
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  w.change("UPDATE ledger SET due_at = $t WHERE stage = 'deliver'", {{"t", noon + at_ten}});
  w.remind(at_ten + one_minute);
  CHECK(w.http.sent.empty());
  CHECK(w.number("SELECT count(*) AS n FROM messages WHERE state = 'cancelled' AND reason = 'reminder.closed' "
                 "AND args = '[\"paid\"]'") == 1);
  CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE stage = 'deliver' AND state = 'cancelled' "
                 "AND reason = 'reminder.closed' AND args = '[\"paid\"]'") == 1);
}

TEST_CASE("a message is called off at sending when an invoice in it changed a second ago") {
  Desk w;
  w.rule("due", 0, R"({"en":"{outstanding}"})");
  w.invoice("N-1", "2026-11-22");
  w.change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'");
  w.remind(at_ten);
  w.change("UPDATE invoices SET paid_minor = 1900, planned = 0");
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  w.change("UPDATE ledger SET due_at = $t WHERE stage = 'deliver'", {{"t", noon + at_ten}});
  w.run_at(at_ten + one_minute, {outreach::deliver()}); // another job that sends: it plans nothing
  CHECK(w.http.sent.empty());
  CHECK(w.state("N-1", "due") == "planned");
  w.remind(at_ten + 2 * one_minute);
  w.remind(at_ten + 5 * one_minute);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).find("€100.00") != std::string::npos); // what is left, not what it was
}

TEST_CASE("a due date that moves takes what was not told with it; what was told is not told again") {
  Desk w;
  w.rule("before", -3);
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-25");
  w.remind(at_ten); // three days before
  CHECK(w.http.sent.size() == 1);
  w.change("UPDATE invoices SET due_on = '2026-12-01', planned = 0");
  w.ticks(at_ten + 3 * one_day, at_ten + 3 * one_day + one_hour); // the old due date
  CHECK(w.http.sent.size() == 1);
  w.change("UPDATE invoices SET due_on = '2026-11-27', planned = 0");
  w.ticks(at_ten + 5 * one_day, at_ten + 5 * one_day + one_hour);
  CHECK(w.http.sent.size() == 2);
  w.ticks(at_ten + 9 * one_day, at_ten + 9 * one_day + one_hour);
  CHECK(w.http.sent.size() == 2);
}

TEST_CASE("a rule switched on with old invoices tells nothing of the past, and the next step in time") {
  Desk w;
  for (int i = 0; i < 50; ++i) w.invoice("N-" + std::to_string(i), "2026-11-01");
  w.change("UPDATE invoices SET contact_id = 'ana'");
  w.rule("late", 7, "{}", noon);
  w.rule("very-late", 22, "{}", noon);
  w.ticks(Millis(0), one_hour);
  CHECK(w.http.sent.empty());
  CHECK(w.state("N-7", "late") == "skipped: reminder.past");
  CHECK(w.state("N-7", "very-late") == "planned");
  w.ticks(2 * one_day - 2 * one_hour, 2 * one_day); // 10:00 on the 23rd
  CHECK(w.http.sent.size() == 1);                   // one message for all fifty
}

TEST_CASE("after an outage the newest step of an invoice is told, within two days; older ones are skipped or expire") {
  Desk w;
  w.rule("due", 0, R"({"en":"due"})");
  w.rule("after", 1, R"({"en":"after"})");
  w.invoice("N-1", "2026-11-22");
  w.remind(Millis(0));
  w.remind(at_ten + one_day + 3 * one_hour); // the 23rd, 13:00
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).find("after") != std::string::npos);
  CHECK(w.state("N-1", "due") == "skipped: reminder.newer");
  CHECK(w.state("N-1", "after") == "told");

  Desk late;
  late.rule("due", 0);
  late.invoice("N-1", "2026-11-22");
  late.remind(Millis(0));
  late.remind(at_ten + 2 * one_day);
  CHECK(late.http.sent.empty());
  CHECK(late.state("N-1", "due") == "expired: reminder.expired");
}

TEST_CASE("invoices of one contact and day are one message of the highest level, in one currency") {
  Desk w;
  w.contact("bob", "asha");
  w.change("UPDATE contacts SET name = 'Bob' WHERE id = 'bob'");
  w.rule("due", 0, R"({"en":"due {invoice_number} {outstanding}"})");
  w.rule("after", 7, R"({"en":"{first_name} after {invoice_number} {outstanding}: {invoice_lines}"})");
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-15", "ana", 5'000);
  w.invoice("N-3", "2026-11-22", "ana", 700, "CHF");
  w.invoice("N-4", "2026-11-22", "bob", 300);
  w.ticks(at_ten, at_ten + one_hour);
  REQUIRE(w.http.sent.size() == 2);
  const auto has = [&](const char* text) {
    return std::ranges::any_of(w.http.sent,
                               [&](const http::Request& r) { return r.body.find(text) != std::string::npos; });
  };
  const char* euros = "Ana after N-1, N-2 €169.00: N-1: €119.00, 22 Nov 2026 (due today)\\n"
                      "N-2: €50.00, 15 Nov 2026 (7 days overdue)";
  const char* francs = "due N-3 CHF\u00A07.00";
  CHECK(has("due N-4 €3.00"));
  CHECK(has(euros) != has(francs));
  // The other currency is a message of its own, and not before twenty hours are over.
  w.ticks(at_ten + 19 * one_hour, at_ten + 20 * one_hour - one_minute);
  CHECK(w.http.sent.size() == 2);
  w.ticks(at_ten + 20 * one_hour, at_ten + 24 * one_hour);
  CHECK(w.http.sent.size() == 3);
  CHECK(has(euros));
  CHECK(has(francs));
}

TEST_CASE("a hold of the invoice or of the contact keeps it, and then the newest step is told") {
  for (const char* hold :
       {"UPDATE invoices SET hold_until = '2026-11-24'", "UPDATE contacts SET hold_until = '2026-11-24'"}) {
    CAPTURE(std::string(hold));
    Desk w;
    w.rule("due", 0, R"({"en":"due"})");
    w.rule("after", 1, R"({"en":"after"})");
    w.invoice("N-1", "2026-11-22");
    w.change(hold);
    w.ticks(at_ten, at_ten + one_hour);
    w.ticks(at_ten + one_day, at_ten + one_day + one_hour);
    CHECK(w.http.sent.empty());
    w.ticks(at_ten + 2 * one_day, at_ten + 2 * one_day + one_hour);
    REQUIRE(w.http.sent.size() == 1);
    CHECK(w.said(0).find("after") != std::string::npos);
  }
}

TEST_CASE("an opt-out of the channel is obeyed by invoices too; consent to marketing is not asked for") { // M23
  Desk w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.change("UPDATE contacts SET consent = 0");
  w.change("INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'marketing', 'provider', 0)");
  w.remind(at_ten);
  CHECK(w.http.sent.size() == 1);

  Desk stop;
  stop.rule("due", 0);
  stop.invoice("N-1", "2026-11-22");
  stop.change("INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'all', 'import', 0)");
  stop.ticks(at_ten, at_ten + 2 * one_hour);
  CHECK(stop.http.sent.empty());
  CHECK(stop.rows("SELECT reason FROM ledger WHERE stage = 'plan-reminder'").at(0).text("reason") ==
        "reminder.no_channel");
  stop.remind(at_ten + 2 * one_day);
  CHECK(stop.state("N-1", "due") == "expired: reminder.expired");
  CHECK(stop.rows("SELECT args FROM reminders").at(0).text("args") == R"(["reminder.no_channel"])");
}

TEST_CASE("a text that cannot be filled waits and says what is missing; given, it goes") { // M26
  Desk w;
  w.rule("due", 0, R"({"en":"Pay here: {payment_link}"})");
  w.invoice("N-1", "2026-11-22");
  w.remind(at_ten);
  CHECK(w.http.sent.empty());
  CHECK(w.rows("SELECT args FROM ledger WHERE stage = 'plan-reminder'")
            .at(0)
            .text("args")
            .find("{payment_link} is empty") != std::string::npos);
  w.change("UPDATE invoices SET payment_link = 'https://pay.example/1', planned = 0");
  w.remind(at_ten + 5 * one_minute); // at once, not at the next hourly look
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("what is late is not told at night where the contact is") { // M24
  Desk w;
  w.change("UPDATE contacts SET timezone = 'Pacific/Auckland'"); // 13 hours ahead
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.remind(Millis(0));
  w.remind(at_ten + 2 * one_hour); // 01:00 there
  CHECK(w.http.sent.empty());
  w.ticks(at_ten + 8 * one_hour, at_ten + 9 * one_hour); // 08:00 there is 19:00 here
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("a number and an invoice of one tenant are nobody else's") { // M31, M32
  Desk w;
  w.tenant("bolt");
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.change("INSERT INTO contacts (id, tenant_id, phone, name) VALUES ('b', 'bolt', '+491701000001', 'B')");
  w.change(
      "INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, amount_minor, due_on, created_at) "
      "VALUES ('b1', 'bolt', 'b', 'N-1', 'EUR', 2, 100, '2026-11-22', 0)");
  w.ticks(at_ten, at_ten + one_hour);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.number("SELECT count(*) AS n FROM reminders WHERE tenant_id = 'bolt'") == 0);
}

TEST_CASE("an invoice with reminders of its own follows these alone") {
  Desk w;
  w.rule("due", 0, R"({"en":"tenant"})");
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-22");
  w.change("INSERT INTO reminder_rules (id, tenant_id, slug, invoice_id, offset_days, text, active_since) VALUES "
           "('own', 'asha', "
           "'own', 'N-1', 1, '{\"en\":\"own\"}', 0)");
  w.change("UPDATE invoices SET own_rules = 1 WHERE id = 'N-1'");
  w.ticks(at_ten, at_ten + one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).find("tenant") != std::string::npos);
  CHECK(w.state("N-1", "due") == "");
  w.ticks(at_ten + one_day, at_ten + one_day + one_hour);
  REQUIRE(w.http.sent.size() == 2);
  CHECK(w.said(1).find("own") != std::string::npos);
}

TEST_CASE(
    "of a sender's day what is owed has three places of four, whoever's hour comes first, and marketing keeps one") {
  Desk w;
  w.change("UPDATE tenants SET messages_per_day = 4 WHERE id = 'asha'");
  w.rule("due", 0);
  for (int i = 0; i < 8; ++i) {
    const std::string who = "d" + std::to_string(i);
    w.contact(who, "asha");
    w.invoice("N-" + std::to_string(i), "2026-11-22", who);
  }
  w.remind(Millis(0));
  for (int i = 0; i < 30; ++i) {
    const std::string who = "m" + std::to_string(i);
    w.contact(who, "asha");
    w.post(who, who);
  }
  for (int hour = 1; hour <= 84; ++hour) w.remind(hour * one_hour);
  const auto on = [&](const char* kind, int day) {
    const Time from = noon + Millis(12 * one_hour) + (day - 22) * one_day;
    return w
        .rows("SELECT count(*) AS n FROM messages WHERE class = $kind AND sent_at >= $from AND sent_at < $until",
              {{"kind", kind}, {"from", from}, {"until", from + one_day}})
        .at(0)
        .integer("n");
  };
  CHECK(on("marketing", 21) == 4); // nobody else wanted that day
  CHECK(on("marketing", 22) == 1);
  CHECK(on("transactional", 22) == 3);
  CHECK(on("marketing", 23) == 1);
  CHECK(on("transactional", 23) == 3);
  CHECK(on("transactional", 24) == 2); // in time
  CHECK(w.number("SELECT count(*) AS n FROM reminders WHERE state = 'told'") == 8);
}

TEST_CASE("marketing leaves of the month's plan what reminders of that month want, and has the rest") {
  Desk w;
  w.change("INSERT INTO plans (id, slug, messages_per_month) VALUES ('p', 'p', 8)");
  w.change("UPDATE tenants SET plan_id = 'p' WHERE id = 'asha'");
  w.rule("due", 0);
  for (int i = 0; i < 3; ++i) {
    const std::string who = "d" + std::to_string(i);
    w.contact(who, "asha");
    w.invoice("N-" + std::to_string(i), i < 2 ? "2026-11-24" : "2026-12-24", who);
  }
  w.remind(Millis(0));
  for (int i = 0; i < 30; ++i) {
    const std::string who = "m" + std::to_string(i);
    w.contact(who, "asha");
    w.post(who, who);
  }
  const auto sent = [&](const char* kind) {
    return w.rows("SELECT count(*) AS n FROM messages WHERE class = $kind AND state = 'sent'", {{"kind", kind}})
        .at(0)
        .integer("n");
  };
  w.remind(one_hour);
  CHECK(sent("marketing") ==
        5); // three wait for a moment of theirs, one of them in the next month: nobody looks so far
  for (int hour = 2; hour <= 90; ++hour) w.remind(hour * one_hour);
  CHECK(sent("transactional") == 2);
  CHECK(sent("marketing") == 6); // what no reminder of the month wants
  CHECK(w.number("SELECT count(*) AS n FROM reminders WHERE state = 'told'") == 2);
}

TEST_CASE("words that nobody would read keep no reminder back") {
  Desk w;
  w.credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  w.rule("due", 0, R"({"en":"By mail: {payment_link}"})");
  w.change("UPDATE reminder_rules SET template_name = 'owed', template_language = 'en', template_values = "
           "'[\"{first_name}\"]', template_instead = "
           "'{\"name\":\"other\",\"language\":\"en\",\"parameters\":[\"{payment_link}\"]}'");
  w.change("UPDATE contacts SET name = 'Ana', email = 'ana@example.org' WHERE id = 'ana'");
  w.invoice("N-1", "2026-11-22");
  w.remind(Millis(0));
  w.remind(at_ten);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).find("\"name\":\"owed\"") != std::string::npos);
  const db::Row row = w.rows("SELECT fallback, second_name FROM messages").at(0);
  CHECK(row.text("fallback") == "[]");  // the mail could not be written
  CHECK(row.text("second_name") == ""); // while the template rests it waits
  // What she would read does.
  w.change("UPDATE reminder_rules SET template_values = '[\"{payment_link}\"]'");
  w.invoice("N-2", "2026-11-23");
  w.remind(at_ten + one_day);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE reason = 'reminder.unwritable'") == 1);
}

TEST_CASE("an invoice whose moments cannot be told, as its tenant's zone is none, is looked at once an hour") {
  Desk w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.change("UPDATE tenants SET timezone = 'No/Such_Zone' WHERE id = 'asha'");
  w.remind(Millis(0));
  CHECK(w.rows("SELECT put_off_until FROM invoices").at(0).time("put_off_until") == noon + one_hour);
  w.change("UPDATE tenants SET timezone = 'UTC' WHERE id = 'asha'");
  w.remind(one_hour - one_minute);
  CHECK(w.state("N-1", "due").empty());
  w.remind(one_hour);
  CHECK(w.state("N-1", "due") == "planned");
}
