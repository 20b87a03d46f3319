// What changes between the plan and the moment a reminder leaves: dates, senders that were out, texts that do not fit.
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

struct World : test::ReminderWorld {
  // The sender is out: what is planned stays in the outbox.
  void out() { change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'"); }
  void back(Millis since_noon) {
    change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
    change("UPDATE ledger SET due_at = $t WHERE stage = 'deliver' AND state = 'due'", {{"t", noon + since_noon}});
  }
  bool told_of(std::string_view text) {
    return std::ranges::any_of(http.sent,
                               [&](const http::Request& r) { return r.body.find(text) != std::string::npos; });
  }
};

} // namespace

TEST_CASE("a due date that is corrected brings back what had ended by the wrong one") {
  World late; // entered with a date long past
  late.rule("due", 0);
  late.invoice("N-1", "2026-11-10", "ana", 11'900, "EUR", noon - one_day);
  late.remind(Millis(0));
  CHECK(late.state("N-1", "due") == "skipped: reminder.past");
  late.change("UPDATE invoices SET due_on = '2026-11-22', planned = 0");
  late.ticks(at_ten - one_hour, at_ten);
  CHECK(late.http.sent.size() == 1);

  World dispute; // over its moment
  dispute.rule("due", 0);
  dispute.invoice("N-1", "2026-11-22");
  dispute.remind(Millis(0));
  dispute.change("UPDATE invoices SET status = 'disputed'");
  dispute.remind(at_ten);
  CHECK(dispute.state("N-1", "due") == "skipped: reminder.closed");
  dispute.change("UPDATE invoices SET status = 'open', planned = 0"); // its moment is over
  dispute.remind(at_ten + one_hour);
  CHECK(dispute.state("N-1", "due") == "skipped: reminder.closed");
  dispute.change("UPDATE invoices SET due_on = '2026-11-24', planned = 0");
  dispute.ticks(at_ten + 2 * one_day, at_ten + 2 * one_day + one_minute);
  CHECK(dispute.http.sent.size() == 1);

  World expired;
  expired.rule("due", 0);
  expired.invoice("N-1", "2026-11-22");
  expired.remind(Millis(0));
  expired.remind(at_ten + 3 * one_day);
  CHECK(expired.state("N-1", "due") == "expired: reminder.expired");
  expired.change("UPDATE invoices SET due_on = '2026-11-23', planned = 0"); // past too
  expired.remind(at_ten + 3 * one_day + one_hour);
  CHECK(expired.state("N-1", "due") == "expired: reminder.expired");
  CHECK(expired.rows("SELECT due_at FROM reminders").at(0).time("due_at") == noon + at_ten + one_day);
  expired.change("UPDATE invoices SET due_on = '2026-11-27', planned = 0");
  expired.ticks(at_ten + 5 * one_day, at_ten + 5 * one_day + one_minute);
  CHECK(expired.http.sent.size() == 1);
}

TEST_CASE("after a sender was out over two levels of an invoice the newer one goes alone, whichever job sends") {
  for (const bool deliver_first : {false, true}) {
    CAPTURE(deliver_first);
    World w;
    w.rule("due", 0, R"({"en":"due {invoice_number}"})");
    w.rule("after", 1, R"({"en":"after {invoice_number}"})");
    w.invoice("N-1", "2026-11-22");
    w.invoice("N-2", "2026-11-22");
    w.out();
    w.remind(at_ten);
    CHECK(w.number("SELECT count(*) AS n FROM messages WHERE state = 'queued'") == 1);
    if (deliver_first) {
      w.back(at_ten + one_day);
      w.run_at(at_ten + one_day, {outreach::deliver()});
      CHECK(w.http.sent.empty());
    } else {
      w.remind(at_ten + one_day);
    }
    CHECK(w.state("N-1", "due") == (deliver_first ? "planned" : "skipped: reminder.newer"));
    w.back(at_ten + one_day + one_hour);
    w.ticks(at_ten + one_day + one_hour, at_ten + one_day + 20 * one_hour);
    REQUIRE(w.http.sent.size() == 1);
    CHECK(w.told_of("after N-1, N-2"));
    CHECK(w.state("N-1", "due") == "skipped: reminder.newer");
    CHECK(w.state("N-1", "after") == "told");
  }
}

TEST_CASE("two messages to one contact that waited for the same sender still go their hours apart") {
  World w;
  w.change("UPDATE tenants SET reminder_gap_hours = 2");
  w.rule("due", 0, R"({"en":"{outstanding}"})");
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-22", "ana", 700, "CHF");
  w.out();
  w.remind(at_ten);
  w.remind(at_ten + 2 * one_hour);
  CHECK(w.number("SELECT count(*) AS n FROM messages WHERE state = 'queued'") == 2);
  w.back(at_ten + 4 * one_hour);
  w.ticks(at_ten + 4 * one_hour, at_ten + 6 * one_hour - one_minute);
  CHECK(w.http.sent.size() == 1);
  w.ticks(at_ten + 6 * one_hour, at_ten + 7 * one_hour);
  CHECK(w.http.sent.size() == 2);
}

TEST_CASE("a reminder expires 48 hours after its moment, however late it was planned") {
  World w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.remind(Millis(0));
  w.out();
  w.remind(at_ten + 47 * one_hour);
  CHECK(w.rows("SELECT expires_at FROM messages").at(0).time("expires_at") == noon + at_ten + 2 * one_day);
  w.back(at_ten + 2 * one_day);
  w.ticks(at_ten + 2 * one_day, at_ten + 2 * one_day + one_hour);
  CHECK(w.http.sent.empty());
  CHECK(w.state("N-1", "due") == "expired: reminder.expired");
}

TEST_CASE("what was too late for one invoice of a message is told of the others") {
  World w;
  w.rule("due", 0, R"({"en":"{invoice_number}"})");
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-24");
  w.remind(Millis(0));
  w.out();
  w.remind(at_ten + 47 * one_hour); // 09:00 of the 24th: N-2 is told with it
  CHECK(w.number("SELECT count(*) AS n FROM reminders WHERE state = 'told'") == 2);
  w.back(at_ten + 2 * one_day);
  w.ticks(at_ten + 2 * one_day, at_ten + 2 * one_day + one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(!w.told_of("N-1"));
  CHECK(w.state("N-1", "due") == "expired: reminder.expired");
}

TEST_CASE("what waited in the outbox overnight goes by day, and says what is true on its day") {
  World w;
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.out();
  w.remind(at_ten);
  w.back(at_ten + 17 * one_hour);
  w.ticks(at_ten + 17 * one_hour, at_ten + 22 * one_hour - one_minute); // 03:00 to 08:00
  CHECK(w.http.sent.empty());
  w.ticks(at_ten + 22 * one_hour, at_ten + 23 * one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("open at Pizza since 22 Nov 2026"));
  CHECK(!w.told_of("due today"));
}

TEST_CASE("one message of several due dates says of none of them what is true of another") {
  World w;
  w.rule("due", 0);
  w.rule("before", -3);
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-25");
  w.remind(at_ten);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("N-1"));
  CHECK(w.told_of("N-2"));
  CHECK(w.told_of("each with the day it is due"));
  CHECK(w.told_of("N-1: €119.00, 22 Nov 2026 (due today)"));
  CHECK(w.told_of("N-2: €119.00, 25 Nov 2026 (due in 3 days)"));
}

TEST_CASE("a message that waits for an operator keeps no later reminder waiting, and is not sent again as it was") {
  World w;
  w.rule("due", 0, R"({"en":"due {outstanding}"})");
  w.rule("after", 1, R"({"en":"after {outstanding}"})");
  w.invoice("N-1", "2026-11-22");
  w.out();
  w.remind(at_ten);
  w.change("UPDATE messages SET state = 'held', reason = 'network.connection_lost'"); // nobody knows whether it arrived
  w.change("UPDATE ledger SET state = 'held', reason = 'network.connection_lost', uncertain_turn = 1 WHERE stage = "
           "'deliver'");
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  w.change("UPDATE invoices SET paid_minor = 1900, planned = 0");
  w.remind(at_ten + one_hour);
  CHECK(w.number("SELECT planned AS n FROM invoices") == 1);
  CHECK(w.state("N-1", "due") == "told");
  CHECK(w.number("SELECT count(*) AS n FROM messages WHERE state = 'held'") == 1);
  w.ticks(at_ten + one_day, at_ten + one_day + one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("after €100.00"));
  // As `items resend` does it.
  w.change("UPDATE ledger SET state = 'due', due_at = 0, uncertain_turn = NULL WHERE state = 'held'");
  w.ticks(at_ten + one_day + 2 * one_hour, at_ten + one_day + 4 * one_hour);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.state("N-1", "due") == "skipped: reminder.newer");
}

TEST_CASE("a held message that an operator has sent again, and that is not true any more, is composed anew") {
  World w;
  w.rule("due", 0, R"({"en":"due {outstanding}"})");
  w.invoice("N-1", "2026-11-22");
  w.out();
  w.remind(at_ten);
  w.change("UPDATE messages SET state = 'held', reason = 'network.connection_lost'");
  w.change("UPDATE ledger SET state = 'held', reason = 'network.connection_lost', uncertain_turn = 1 WHERE stage = "
           "'deliver'");
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  w.change("UPDATE invoices SET paid_minor = 1900, planned = 0");
  w.remind(at_ten + one_minute);
  w.change("UPDATE ledger SET state = 'due', due_at = 0, uncertain_turn = NULL WHERE state = 'held'");
  w.ticks(at_ten + 2 * one_minute, at_ten + 30 * one_minute);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("due €100.00"));
}

TEST_CASE("what cannot be written waits by itself and takes no other invoice with it") {
  World w;
  w.rule("due", 0, R"({"en":"due {invoice_number}"})");
  w.rule("after", 1, R"({"en":"after {invoice_number} {payment_link}"})");
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-21"); // the 22nd is its first day after; it has no link
  w.ticks(at_ten, at_ten + one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("due N-1"));
  CHECK(w.state("N-2", "after") == "planned");
  w.change("UPDATE invoices SET payment_link = 'https://pay.example/2', planned = 0 WHERE id = 'N-2'");
  w.ticks(at_ten + one_day, at_ten + one_day + one_hour);
  CHECK(w.told_of("after N-2 https://pay.example/2"));
}

TEST_CASE("nobody is asked for a sum at the link of one invoice") {
  World w;
  w.rule("due", 0, R"({"en":"{outstanding} at {payment_link}"})");
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-22");
  w.change("UPDATE invoices SET payment_link = 'https://pay.example/1' WHERE id = 'N-1'");
  w.ticks(at_ten, at_ten + one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("€119.00 at https://pay.example/1"));
  CHECK(w.state("N-2", "due") == "planned");
}

TEST_CASE("a hundred and fifty invoices make a message that fits") {
  World w;
  w.rule("due", 0);
  for (int i = 0; i < 150; ++i) w.invoice("2026-" + std::to_string(1'000 + i), "2026-11-22");
  w.ticks(at_ten, at_ten + one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.said(0).size() < 4'096);
  CHECK(w.told_of("… +"));
  CHECK(w.told_of("Total: €17,850.00"));
  CHECK(w.number("SELECT count(*) AS n FROM reminders WHERE state = 'told'") == 150);
}

TEST_CASE("a rule in place of another does not tell anew what that one told on the same day") {
  World w;
  w.rule("shipped", 0, R"({"en":"shipped"})");
  w.rule("week", 7, R"({"en":"week"})");
  w.invoice("N-1", "2026-11-22");
  w.ticks(at_ten, at_ten + one_hour);
  w.change("UPDATE reminder_rules SET active = 0");
  w.rule("own", 0, R"({"en":"own"})", noon + at_ten + one_hour);
  w.rule("own-week", 7, R"({"en":"own week"})", noon + at_ten + one_hour);
  w.change("UPDATE reminder_rules SET at = '15:00' WHERE id = 'own'");
  w.ticks(at_ten + one_hour, at_ten + one_day);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.state("N-1", "own") == "skipped: reminder.newer");
  w.ticks(at_ten + 7 * one_day, at_ten + 7 * one_day + one_hour);
  CHECK(w.state("N-1", "own-week") == "told"); // the next step is still to come
}

TEST_CASE("invoices whose sum is too large for one message are told in several") {
  World w;
  w.rule("due", 0, R"({"en":"due {invoice_number}"})");
  for (const char* id : {"N-1", "N-2", "N-3"}) w.invoice(id, "2026-11-22", "ana", 1'000'000'000'000'000);
  w.change("UPDATE invoices SET exponent = CASE id WHEN 'N-2' THEN 4 ELSE 0 END"); // their sum in the smallest unit
  w.ticks(at_ten, at_ten + one_hour);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.number("SELECT count(*) AS n FROM reminders WHERE state = 'told'") >= 1);
  w.ticks(at_ten + 20 * one_hour, at_ten + 47 * one_hour);
  CHECK(w.number("SELECT count(*) AS n FROM reminders WHERE state = 'told'") == 3);
}

TEST_CASE("an invoice whose rule names another channel is told there, not in the message of the others") {
  World w;
  w.change("UPDATE contacts SET email = 'ana@example.org' WHERE id = 'ana'");
  w.rule("due", 0, R"({"en":"due {invoice_number}"})");
  w.rule("after", 1, R"({"en":"after {invoice_number}"})");
  w.change("UPDATE reminder_rules SET channels = '[\"email\"]', at = '11:00' WHERE id = 'after'");
  w.invoice("N-1", "2026-11-22");
  w.invoice("N-2", "2026-11-21");
  w.ticks(at_ten, at_ten + 3 * one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("due N-1"));
  CHECK(w.state("N-2", "after") == "planned");
  w.ticks(at_ten + 22 * one_hour, at_ten + 23 * one_hour);
  CHECK(w.number("SELECT count(*) AS n FROM messages WHERE channel = 'email' AND text LIKE 'after %N-2'") == 1);
}

TEST_CASE("when a hold ends no older rule speaks before the newest one's hour") {
  World w;
  w.rule("due", 0, R"({"en":"due"})");
  w.rule("after", 1, R"({"en":"after"})");
  w.change("UPDATE reminder_rules SET at = '14:00' WHERE id = 'after'");
  w.invoice("N-1", "2026-11-22");
  w.change("UPDATE invoices SET hold_until = '2026-11-24'");
  w.ticks(at_ten, at_ten + one_hour);
  w.ticks(at_ten + one_day + 4 * one_hour, at_ten + one_day + 5 * one_hour);
  w.ticks(at_ten + 2 * one_day, at_ten + 2 * one_day + 4 * one_hour - one_minute);
  CHECK(w.http.sent.empty());
  w.ticks(at_ten + 2 * one_day + 4 * one_hour, at_ten + 2 * one_day + 5 * one_hour);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("after"));
}

TEST_CASE("where a text falls back to another language, its words are that one's and its figures the reader's") {
  World w;
  w.change("UPDATE tenants SET language = 'de' WHERE id = 'asha'");
  w.change("UPDATE contacts SET language = 'fr' WHERE id = 'ana'");
  w.rule("due", 0);
  w.invoice("N-1", "2026-11-22");
  w.remind(at_ten);
  REQUIRE(w.http.sent.size() == 1);
  CHECK(w.told_of("heute ist bei Pizza fällig"));
  CHECK(w.told_of("119,00\u00A0€, 22/11/2026 (heute fällig)"));
  CHECK(w.rows("SELECT language FROM messages").at(0).text("language") == "de"); // what its mail says of itself
  World own; // a text for everybody is in the tenant's language
  own.change("UPDATE tenants SET language = 'en-US' WHERE id = 'asha'");
  own.change("UPDATE contacts SET language = 'de' WHERE id = 'ana'");
  own.rule("due", 0, R"({"":"Open: {outstanding} of {invoice_lines}"})");
  own.invoice("N-1", "2026-11-22", "ana", 123'456);
  own.remind(at_ten);
  CHECK(own.told_of("Open: 1.234,56\u00A0€ of N-1: 1.234,56\u00A0€, 22.11.2026 (due today)"));
  CHECK(own.rows("SELECT language FROM messages").at(0).text("language") == "en-US");
}
