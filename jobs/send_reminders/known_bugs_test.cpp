// Bugs that reminders of this kind have had elsewhere, by the number or the tracker they are known by. M numbers are of
// one messaging system, names with # of public trackers.
#include "jobs/send_reminders/due.hpp"

#include "base/zone.hpp"
#include "outreach/wording.hpp"
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

using World = test::ReminderWorld;

constexpr const char* outstanding_text = R"({"en":"{invoice_number}: {outstanding}"})";

std::size_t sent_with(const World& w, std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      w.http.sent, [&](const http::Request& r) { return r.body.find(text) != std::string::npos; }));
}

// Held back after it was planned, so that something can happen in between.
void hold_back(World& w) { w.change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'"); }
void let_go(World& w, Millis since_noon) {
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  w.change("UPDATE ledger SET due_at = $t WHERE stage = 'deliver' AND state = 'due'", {{"t", noon + since_noon}});
}

} // namespace

TEST_CASE("M1: a due moment is computed when the invoice comes, not left empty for ever") {
  World w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.remind(Millis(0));
  CHECK(w.rows("SELECT due_at FROM reminders").at(0).time("due_at") == noon + at_ten);
  CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE stage = 'plan-reminder' AND state = 'due'") == 1);
}

TEST_CASE("M2: a paid or cancelled invoice is not reminded of") {
  for (const char* status : {"paid", "void", "uncollectible"}) {
    World w;
    w.rule("due", 0);
    w.invoice("N-1", "2026-11-22");
    w.remind(Millis(0));
    w.change("UPDATE invoices SET status = $s", {{"s", status}});
    w.ticks(at_ten, at_ten + one_hour);
    CHECK(w.http.sent.empty());
  }
}

TEST_CASE("M3: a run for everybody finds everybody's invoices, one for a tenant that tenant's") {
  World w;
  w.tenant("bolt");
  w.credential("tenant", "bolt", "bolt", "whatsapp", "https://gw.example/send", test::bearer_adapter);
  w.contact("bob", "bolt");
  w.rule("due", 0);
  w.change(
      "INSERT INTO reminder_rules (id, tenant_id, slug, offset_days, active_since) VALUES ('b', 'bolt', 'due', 0, 0)");
  w.invoice("N-1", "2026-11-22");
  w.change(
      "INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, amount_minor, due_on, created_at) "
      "VALUES ('b1', 'bolt', 'bob', 'B-1', 'EUR', 2, 5000, '2026-11-22', 0)");
  w.options.tenant = TenantId{"bolt"};
  w.remind(at_ten);
  CHECK(w.http.sent.size() == 1);
  w.options.tenant.reset();
  w.remind(at_ten + one_minute);
  CHECK(w.http.sent.size() == 2);
}

TEST_CASE("M10: the day is the tenant's own, at both edges of UTC") {
  for (const auto& [zone_name, since] : {std::pair("Pacific/Kiritimati", 8), {"Pacific/Pago_Pago", 33}}) { // +14, -11
    CAPTURE(zone_name);
    World w;
    w.change("UPDATE tenants SET timezone = $z", {{"z", zone_name}});
    w.rule("due", 0, R"({"en":"{days_overdue} {days_until_due}"})");
    w.invoice("N-1", "2026-11-22");
    const Time ten = *zone::instant_at(zone_name, "2026-11-22", 600);
    CHECK(ten == noon + since * one_hour);
    w.ticks(ten - noon - 20 * one_minute, ten - noon - one_minute);
    CHECK(w.http.sent.empty());
    w.remind(ten - noon);
    REQUIRE(w.http.sent.size() == 1);
    CHECK(w.said(0).find("0 0") != std::string::npos);
  }
}

TEST_CASE("M21: a daily sweep remembers; four mornings are not four messages") {
  World w;
  w.rule("before", -3);
  w.invoice("N-1", "2026-11-25");
  for (int day = 0; day < 4; ++day) w.ticks(at_ten + day * one_day, at_ten + day * one_day + one_hour);
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("M29: money is counted in minor units, and sums are exact") {
  World w;
  w.rule("due", 0, R"({"en":"{outstanding} {amount}"})");
  for (int i = 0; i < 10; ++i) w.invoice("N-" + std::to_string(i), "2026-11-22", "ana", 10); // 0.10 ten times
  w.change("UPDATE tenants SET min_reminder_minor = 0");
  w.remind(at_ten);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).find("€1.00 €1.00") != std::string::npos);
}

TEST_CASE("M32: two tenants may have the same invoice number") {
  World w;
  w.tenant("bolt");
  w.contact("bob", "bolt");
  w.invoice("N-1", "2026-11-22");
  w.change(
      "INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, amount_minor, due_on, created_at) "
      "VALUES ('b1', 'bolt', 'bob', 'N-1', 'EUR', 2, 5000, '2026-11-22', 0)");
  CHECK(w.number("SELECT count(*) AS n FROM invoices WHERE number = 'N-1'") == 2);
}

TEST_CASE("erpnext#45716: what is due today is not overdue") {
  World w;
  w.rule("due", 0, R"({"en":"{days_overdue} days late"})");
  w.rule("after", 1, R"({"en":"{days_overdue} days late"})");
  w.invoice("N-1", "2026-11-22");
  w.ticks(at_ten, at_ten + 13 * one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).find("0 days late") != std::string::npos);
  w.ticks(at_ten + one_day, at_ten + one_day + one_hour);
  REQUIRE(w.http.sent.size() == 2);
  CHECK(w.said(1).find("1 days late") != std::string::npos);
}

TEST_CASE("erpnext#41817: the amount is what is open when it is sent, not when it was planned") {
  World w;
  w.rule("due", 0, outstanding_text);
  w.invoice("N-1", "2026-11-22");
  hold_back(w);
  w.remind(at_ten);
  w.change("UPDATE invoices SET paid_minor = 9900, planned = 0");
  let_go(w, at_ten);
  w.ticks(at_ten + 5 * one_minute, at_ten + 3 * one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(sent_with(w, "€20.00") == 1);
}

TEST_CASE("erpnext#42605: of several invoices the total is their sum, not the last one's") {
  World w;
  w.rule("due", 0, outstanding_text);
  w.invoice("N-1", "2026-11-22", "ana", 10'000);
  w.invoice("N-2", "2026-11-22", "ana", 2'500);
  w.invoice("N-3", "2026-11-22", "ana", 50);
  w.remind(at_ten);
  CHECK(sent_with(w, "N-1, N-2, N-3: €125.50") + sent_with(w, "N-1, N-2: €125.00") ==
        1); // under a unit none is asked for
  CHECK(sent_with(w, "€125.00") == 1);
}

TEST_CASE("erpnext#58220: a part payment takes nothing away but what was paid") {
  World w;
  w.rule("due", 0, R"({"en":"{amount} minus paid is {outstanding}"})");
  w.invoice("N-1", "2026-11-22");
  w.change("UPDATE invoices SET paid_minor = 1900");
  w.remind(at_ten);
  CHECK(sent_with(w, "€119.00 minus paid is €100.00") == 1);
}

TEST_CASE("PicPeak#750: rules that are switched on with open invoices find them, anchored on their due date") {
  World w;
  w.invoice("N-1", "2026-11-20");
  w.remind(Millis(0));
  w.rule("after", 3, outstanding_text, noon);
  w.ticks(one_hour, one_day);
  CHECK(w.http.sent.empty());
  w.ticks(at_ten + one_day, at_ten + one_day + one_hour); // the 23rd
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("invoiceninja#1693: a row for each invoice and rule, so that cron every minute sends once") {
  World w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  for (int minute = 0; minute < 60; ++minute) w.remind(at_ten + minute * one_minute);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.number("SELECT count(*) AS n FROM reminders") == 1);
}

TEST_CASE("invoiceninja#637: a missed day is caught up within its limit, instead of never") {
  World w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.remind(Millis(0));
  w.remind(at_ten + 30 * one_hour); // the machine was off on the day itself
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("invoiceninja#11854: an invoice that comes with its moments past still gets those that are to come") {
  World w;
  w.rule("before", -3);
  w.rule("after", 7);
  w.invoice("N-1", "2026-11-20", "ana", 11'900, "EUR", noon);
  w.remind(Millis(0));
  CHECK(w.state("N-1", "before") == "skipped: reminder.past");
  w.ticks(at_ten + 5 * one_day, at_ten + 5 * one_day + one_hour); // the 27th
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("invoiceninja#8665: the send hour is the tenant's, the date is not the server's") {
  World w;
  w.change("UPDATE tenants SET timezone = 'America/Los_Angeles'");
  w.rule("late-hour", 0, "{}");
  w.change("UPDATE reminder_rules SET at = '22:00'");
  w.invoice("N-1", "2026-11-22");
  w.ticks(Millis(0), one_day);
  CHECK(w.http.sent.empty());
  w.remind(42 * one_hour); // 06:00 UTC of the 23rd
  CHECK(w.http.sent.size() == 1);
  w.ticks(43 * one_hour, 3 * one_day);
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("invoiceninja#792: a due date is a date, in whatever zone it is looked at") {
  CHECK(send_reminders::reminder_date("2026-12-01", {.offset_days = 0}, {}) == "2026-12-01");
  World w;
  w.change("UPDATE tenants SET timezone = 'Pacific/Pago_Pago'");
  w.rule("due", 0, R"({"en":"on {due_date}"})");
  w.invoice("N-1", "2026-11-22");
  w.ticks(30 * one_hour, 34 * one_hour);
  CHECK(sent_with(w, "on 22 Nov 2026") == 1);
}

TEST_CASE("invoiceninja#9312: between two reminders lies a least time") {
  World w;
  w.change("UPDATE tenants SET reminder_gap_hours = 48");
  w.rule("due", 0);
  w.rule("after", 1);
  w.invoice("N-1", "2026-11-22");
  w.ticks(at_ten, at_ten + 47 * one_hour);
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("invoiceninja#1578: one person, or one invoice, may be left in peace until a day") {
  World w;
  w.contact("bob", "asha");
  w.rule("due", 0, outstanding_text);
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-22");
  w.invoice("N-3", "2026-11-22", "bob");
  w.change("UPDATE invoices SET hold_until = '2026-12-31' WHERE id = 'N-1'");
  w.change("UPDATE contacts SET hold_until = '2026-12-31' WHERE id = 'bob'");
  w.ticks(at_ten, at_ten + one_hour);
  CHECK(w.http.sent.size() == 1);
  CHECK(sent_with(w, "N-2: ") == 1);
}

TEST_CASE("invoiceninja#11160: what waits says until when, what ended says why") {
  World w;
  w.rule("due", 0);
  w.rule("after", 7);
  w.invoice("N-1", "2026-11-22");
  w.remind(at_ten);
  for (const db::Row& row :
       w.rows("SELECT state, due_at, reason, finished_at FROM ledger WHERE stage = 'plan-reminder'"))
    CHECK((row.text("state") == "due" ? row.time("due_at") > noon + at_ten : !row.null("finished_at")));
  w.change("UPDATE invoices SET status = 'void', planned = 0");
  w.remind(at_ten + 7 * one_day);
  CHECK(w.state("N-1", "after") == "skipped: reminder.closed");
}

TEST_CASE("FOSSBilling#3963: every way to a reminder passes the same gate: nothing every three minutes") {
  World w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.change("UPDATE tenants SET reminder_gap_hours = 0");
  for (int i = 0; i < 100; ++i) {
    w.change("UPDATE invoices SET planned = 0"); // an import that touches it every three minutes
    w.remind(at_ten + i * 3 * one_minute);
  }
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("OCA/credit-control#460: a reminder of one invoice does not hide the others") {
  World w;
  w.rule("due", 0, outstanding_text);
  w.invoice("N-1", "2026-11-22");
  w.remind(at_ten);
  w.invoice("N-2", "2026-11-23");
  w.ticks(at_ten + one_day, at_ten + one_day + one_hour);
  CHECK(sent_with(w, "N-2: ") == 1);
}

TEST_CASE("OCA/credit-control#21: many invoices of a person are one message, under the highest level") {
  World w;
  w.rule("due", 0, R"({"en":"due {invoice_number}"})");
  w.rule("after", 1, R"({"en":"late {invoice_number}"})");
  w.invoice("N-1", "2026-11-21");
  w.invoice("N-2", "2026-11-22");
  w.invoice("N-3", "2026-11-22");
  w.ticks(at_ten, at_ten + one_hour);
  CHECK(w.http.sent.size() == 1);
  CHECK(sent_with(w, "late N-1, N-2, N-3") == 1);
}

TEST_CASE(
    "OCA/credit-control#211: what was credited is taken off before anything is asked for, also at the last moment") {
  World w;
  w.rule("due", 0, R"({"en":"{invoice_number}: {outstanding} in all\n{invoice_lines}"})");
  w.invoice("N-1", "2026-11-22", "ana", 10'000);
  w.invoice("N-2", "2026-11-22", "ana", 5'000);
  w.invoice("N-3", "2026-11-22", "ana", 3'000);
  w.change("UPDATE invoices SET paid_minor = 6000 WHERE id = 'N-1'");         // a credit note of a part
  w.change("UPDATE invoices SET paid_minor = amount_minor WHERE id = 'N-3'"); // and of the whole
  w.remind(Millis(0));
  hold_back(w);
  w.remind(at_ten);
  w.change("UPDATE invoices SET paid_minor = 1000, planned = 0 WHERE id = 'N-2'"); // one while the message waits
  let_go(w, at_ten + one_minute);
  w.ticks(at_ten + one_minute, at_ten + one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(sent_with(w, "N-1, N-2: €80.00 in all") == 1);
  CHECK(sent_with(w, "N-1: €40.00") == 1);
  CHECK(sent_with(w, "N-2: €40.00") == 1);
  CHECK(sent_with(w, "N-3") == 0);
  CHECK(w.state("N-3", "due") == "skipped: reminder.too_little");
}

TEST_CASE("killbill#2297: paying the oldest leaves the others at their own level") {
  World w;
  w.rule("after-1", 1, R"({"en":"one {invoice_number}"})");
  w.rule("after-3", 3, R"({"en":"three {invoice_number}"})");
  w.invoice("N-1", "2026-11-19"); // its third day is the 22nd
  w.invoice("N-2", "2026-11-21"); // its first day is the 22nd
  w.remind(Millis(0));
  CHECK(sent_with(w, "one N-1") == 1); // its first day was the 20th
  w.change("UPDATE invoices SET status = 'paid', planned = 0 WHERE id = 'N-1'");
  w.ticks(at_ten, at_ten + one_hour);
  CHECK(sent_with(w, "one N-2") == 1);
  w.ticks(at_ten + 2 * one_day, at_ten + 2 * one_day + one_hour);
  CHECK(sent_with(w, "three N-2") == 1);
  CHECK(w.http.sent.size() == 3);
}

TEST_CASE("killbill#472: a payment while the message is under way calls off what has not left") {
  World w;
  w.rule("due", 0, outstanding_text);
  w.invoice("N-1", "2026-11-22");
  hold_back(w);
  w.remind(at_ten);
  w.change("UPDATE invoices SET status = 'paid', paid_minor = 11900"); // not even planned anew yet
  let_go(w, at_ten);
  w.run_at(at_ten + one_minute, {outreach::deliver()});
  CHECK(w.http.sent.empty());
  CHECK(w.rows("SELECT reason FROM messages").at(0).text("reason") == "message.outdated");
}

TEST_CASE("killbill#535: a late run counts from the planned moment, not from when it came") {
  World w;
  w.rule("due", 0);
  w.rule("after", 2);
  w.invoice("N-1", "2026-11-22");
  w.remind(Millis(0));
  w.remind(at_ten + 5 * one_hour); // five hours late
  w.ticks(at_ten + 2 * one_day, at_ten + 2 * one_day + 5 * one_minute);
  CHECK(w.http.sent.size() == 2);
}

TEST_CASE("lago bulk_process: a daily cron never slips a day, and the threshold is what is left, not the total") {
  World w;
  for (int i = 1; i <= 5; ++i) w.rule("r" + std::to_string(i), i);
  w.invoice("N-1", "2026-11-21");
  w.change("UPDATE tenants SET reminder_gap_hours = 24");
  for (int day = 0; day < 5; ++day)
    w.remind(at_ten + day * one_day + day % 2 * one_minute); // cron is a minute late each second day
  w.remind(at_ten + 5 * one_day);
  CHECK(w.http.sent.size() >= 4);
  World left;
  left.rule("due", 0);
  left.change("UPDATE tenants SET min_reminder_minor = 5000");
  left.invoice("N-1", "2026-11-22");
  left.change("UPDATE invoices SET paid_minor = 10000");
  left.remind(at_ten);
  CHECK(left.state("N-1", "due") == "skipped: reminder.too_little");
}

TEST_CASE("bagisto#5285: two rules of one day are one reminder") {
  World w;
  w.rule("a", 0, R"({"en":"a"})");
  w.rule("b", 0, R"({"en":"b"})");
  w.change("UPDATE reminder_rules SET at = '15:00' WHERE id = 'b'");
  w.invoice("N-1", "2026-11-22");
  w.ticks(at_ten, at_ten + 10 * one_hour);
  CHECK(w.http.sent.size() == 1);
}

TEST_CASE("lago-api#2861: an edited rule, a payment or a new date count from what is, not from what was") {
  World w;
  w.rule("after", 7, outstanding_text);
  w.invoice("N-1", "2026-11-22");
  w.remind(Millis(0));
  w.change("UPDATE reminder_rules SET offset_days = 1");
  w.change("UPDATE invoices SET planned = 0");
  w.ticks(at_ten + one_day, at_ten + one_day + one_hour);
  CHECK(w.http.sent.size() == 1);
  w.change("UPDATE invoices SET paid_minor = 0, due_on = '2026-11-30', planned = 0"); // told already: never again by
                                                                                      // this rule
  w.ticks(at_ten + 9 * one_day, at_ten + 9 * one_day + one_hour);
  CHECK(w.http.sent.size() == 1);
}
