// advance-drips: everybody gets every step once, in order, at its moment, and stops when it is time to stop.
#include "base/zone.hpp"
#include "support/drip_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon; // 2026-11-21, a Saturday
using test::one_day;
using test::one_hour;
using test::one_minute;

namespace {

using Drip = test::DripWorld;

} // namespace

TEST_CASE("a walk gets each step once, at its moment, and is completed after the last") { // M4, M5, M6
  Drip w;
  w.three();
  w.enroll();
  w.ticks(Millis(0), one_hour);
  CHECK(w.said() == "a");
  w.ticks(2 * one_day - one_hour, 2 * one_day - one_minute);
  CHECK(w.said() == "a");
  w.ticks(2 * one_day, 2 * one_day + one_hour);
  CHECK(w.said() == "ab");
  CHECK(w.walk().text("step_id") == "c");
  w.ticks(3 * one_day, 3 * one_day + one_hour);
  CHECK(w.said() == "abc");
  CHECK(w.walk().text("state") == "completed");
  w.ticks(4 * one_day, 4 * one_day + one_hour);
  CHECK(w.said() == "abc");
  const db::Row m = w.rows("SELECT * FROM messages LIMIT 1").at(0);
  CHECK(m.text("class") == "marketing");
  CHECK(m.text("campaign_id") == "g");
}

TEST_CASE("a late run moves nobody: delays are counted from planned moments") {
  Drip w;
  w.three();
  w.enroll();
  w.advance(Millis(0));
  w.advance(2 * one_day + 6 * one_hour); // b, six hours late
  w.advance(3 * one_day);                // c, a day after b's planned moment
  CHECK(w.said() == "abc");
}

TEST_CASE("enrolled twice is enrolled once; after the end only where the campaign says so") { // M8
  Drip w;
  w.three();
  CHECK(w.enroll() == outreach::Enrolled::active);
  CHECK(w.enroll() == outreach::Enrolled::already);
  w.ticks(Millis(0), one_hour);
  w.ticks(2 * one_day, 2 * one_day + one_hour);
  w.ticks(3 * one_day, 3 * one_day + one_hour);
  CHECK(w.enroll() == outreach::Enrolled::not_again);
  w.change("UPDATE campaigns SET reentry = 'after_completion', reentry_days = 1");
  CHECK(w.enroll() == outreach::Enrolled::not_again);
  w.clock.t = noon + 5 * one_day;
  CHECK(w.enroll() == outreach::Enrolled::active);
  w.ticks(5 * one_day, 5 * one_day + one_hour);
  CHECK(w.said() == "abca");
}

TEST_CASE("a walk ends when the person answers, opts out or reaches the goal, also with a message under way") { // M11
  struct Row {
    const char *change, *reason;
  };
  for (const Row& row :
       {Row{"UPDATE contacts SET wrote_at = 1795262400000 + 3600000", "walk.replied"},
        Row{"INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'marketing', 'provider', 0)",
            "walk.opted_out"},
        Row{"UPDATE contacts SET tags = '[\"member\"]'", "walk.goal"},
        Row{"UPDATE campaigns SET status = 'ended'", "walk.campaign_ended"}}) {
    CAPTURE(std::string(row.reason));
    Drip w;
    w.three();
    w.change("UPDATE campaigns SET goal_tag = 'member'");
    w.enroll();
    w.advance(Millis(0));
    w.change(row.change);
    w.ticks(2 * one_day, 4 * one_day);
    CHECK(w.said() == "a");
    CHECK(w.walk().text("state") == "exited");
    CHECK(w.walk().text("reason") == row.reason);
  }
  Drip w;
  w.three();
  w.change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'");
  w.enroll();
  w.advance(Millis(0));
  w.database->transact([&](db::Transaction& tx) {
    CHECK(outreach::leave(tx, {"asha"}, "g", "ana", Reason("walk.stopped", {"hand"}), noon));
  });
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  w.ticks(12 * one_hour, 13 * one_hour);
  CHECK(w.said() == "");
  CHECK(w.rows("SELECT reason FROM messages").at(0).text("reason") == "message.left_drip");
}

TEST_CASE("hours and weekdays are asked when a step is due; outside it goes at the next opening, once") { // M24
  Drip w;
  w.three();
  w.change("UPDATE campaigns SET window_start = '09:00', window_end = '12:00', weekdays = '[\"mon\",\"tue\"]'");
  w.enroll();
  w.ticks(Millis(0), one_hour); // Saturday
  CHECK(w.http.sent.empty());
  w.ticks(44 * one_hour, 45 * one_hour - one_minute); // Monday, before nine
  CHECK(w.http.sent.empty());
  w.ticks(45 * one_hour, 47 * one_hour);
  CHECK(w.said() == "a");
  w.ticks(48 * one_hour, 69 * one_hour - one_minute); // b is due on Monday at noon, when it is too late
  CHECK(w.said() == "a");
  w.ticks(69 * one_hour, 70 * one_hour);
  CHECK(w.said() == "ab");
}

TEST_CASE(
    "a drip's own zone is that of its hours and steps, but for people who have one; a day is hers or the tenant's") {
  Drip w; // noon in UTC, 21:00 in Tokyo, 17:30 in Kolkata
  w.change("UPDATE campaigns SET zone = 'Asia/Tokyo', window_start = '09:00', window_end = '18:00'");
  w.step("a", 0, 0, "days");
  w.step("b", 1, 1, "days", "at = '10:00'");
  w.enroll();
  w.ticks(Millis(0), 12 * one_hour - one_minute);
  CHECK(w.said() == "");
  w.ticks(12 * one_hour, 12 * one_hour); // nine in Tokyo
  CHECK(w.said() == "a");
  w.ticks(12 * one_hour + 10 * one_minute, 13 * one_hour - one_minute);
  CHECK(w.said() == "a");
  w.ticks(13 * one_hour, 13 * one_hour); // the day after she came in
  CHECK(w.said() == "ab");

  Drip hers;
  hers.change("UPDATE campaigns SET zone = 'Asia/Tokyo', window_start = '09:00', window_end = '18:00'");
  hers.change("UPDATE contacts SET timezone = 'Asia/Kolkata'");
  hers.step("a", 0, 0, "days");
  hers.enroll();
  hers.advance(Millis(0));
  CHECK(hers.said() == "a");

  Drip capped; // in Tokyo the day ends at 15:00 UTC, that of the cap lasts
  capped.change("UPDATE campaigns SET zone = 'Asia/Tokyo'");
  capped.change("UPDATE tenants SET marketing_per_day = 1 WHERE id = 'asha'");
  capped.step("a", 0, 0, "hours");
  capped.step("b", 1, 4, "hours");
  capped.enroll();
  capped.ticks(Millis(0), 12 * one_hour - one_minute);
  CHECK(capped.said() == "a");
  capped.ticks(12 * one_hour, 12 * one_hour);
  CHECK(capped.said() == "ab");
}

TEST_CASE("a step that a pause has moved over a change of the clocks comes at its hour on that day") {
  for (const char* zone_name : {"Europe/Berlin", "Antarctica/Troll"}) { // an hour, and two
    CAPTURE(zone_name);
    Drip w;
    w.change("UPDATE contacts SET timezone = $z", {{"z", zone_name}});
    w.step("a", 0, 0, "days");
    w.step("b", 1, 1, "days", "at = '10:00'");
    w.step("c", 2, 1, "days");
    const Time saturday = *zone::instant_at(zone_name, "2027-03-27", 600),
               monday = *zone::instant_at(zone_name, "2027-03-29", 600);
    w.clock.t = saturday - 3 * one_day;
    w.enroll();
    w.advance(saturday - 3 * one_day - noon);
    w.change("UPDATE enrollments SET step_at = $s, previous_at = $p",
             {{"s", saturday + 2 * one_day}, {"p", saturday + one_day}});
    w.ticks(monday - one_hour - noon, monday - one_minute - noon);
    CHECK(w.said() == "a");
    w.ticks(monday - noon, monday - noon);
    CHECK(w.said() == "ab");
    CHECK(zone::local(zone_name, w.walk().time("step_at")).starts_with("2027-03-30 10:00"));
  }
}

TEST_CASE("one marketing message per contact and local day, over all campaigns") {
  Drip w;
  w.change("UPDATE tenants SET marketing_per_day = 1 WHERE id = 'asha'");
  w.step("a", 0, 0, "hours");
  w.step("b", 1, 1, "hours");
  w.campaign("h", "asha");
  w.change("UPDATE campaigns SET kind = 'drip'");
  w.change("INSERT INTO steps (id, tenant_id, campaign_id, slug, position, text) VALUES ('x', 'asha', 'h', 'x', 0, "
           "'{\"\":\"step x\"}')");
  w.enroll();
  w.ticks(Millis(0), one_hour);
  w.database->transact(
      [&](db::Transaction& tx) { outreach::enroll(tx, {"asha"}, "h", "ana", w.clock.now(), w.clock.now()); });
  w.ticks(2 * one_hour, 11 * one_hour);
  CHECK(w.said() == "a");
  w.ticks(12 * one_hour, 35 * one_hour); // the next day
  CHECK(w.said().size() == 2);
  w.ticks(36 * one_hour, 59 * one_hour);
  CHECK(w.said().size() == 3);
}

TEST_CASE("steps that are edited reach those who are not past them") {
  Drip w;
  w.three();
  w.enroll();
  w.advance(Millis(0));
  w.change("UPDATE steps SET removed = 1 WHERE id = 'b'"); // who stands there goes on to the next
  w.step("d", 3, 1, "days");
  w.change("UPDATE steps SET text = '{\"\":\"step C\"}' WHERE id = 'c'");
  w.ticks(2 * one_day, 2 * one_day + one_hour);
  CHECK(w.said() == "a");
  w.ticks(3 * one_day, 3 * one_day + one_hour);
  CHECK(w.said() == "aC");
  w.ticks(4 * one_day, 4 * one_day + one_hour);
  CHECK(w.said() == "aCd");
  w.step("e", 4, 0, "days"); // after the end
  w.ticks(5 * one_day, 5 * one_day + one_hour);
  CHECK(w.said() == "aCd");
}

TEST_CASE("a paused drip sends nothing, and a held-out contact gets nothing") {
  Drip w;
  w.three();
  w.enroll();
  w.change("UPDATE campaigns SET status = 'paused'");
  w.ticks(Millis(0), 3 * one_hour);
  CHECK(w.http.sent.empty());
  w.change("UPDATE campaigns SET status = 'running'");
  w.ticks(4 * one_hour, 5 * one_hour);
  CHECK(w.said() == "a");

  Drip out;
  out.three();
  out.change("UPDATE campaigns SET holdout_percent = 100");
  CHECK(out.enroll() == outreach::Enrolled::holdout);
  CHECK(out.enroll() == outreach::Enrolled::already);
  out.ticks(Millis(0), one_hour);
  CHECK(out.http.sent.empty());
}

TEST_CASE("a share is held out by a hash: always the same people, and about as many as asked for") {
  int out = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::string contact = "c" + std::to_string(i);
    out += outreach::held_out("g", contact, 10) ? 1 : 0;
    CHECK(outreach::held_out("g", contact, 10) == outreach::held_out("g", contact, 10));
    CHECK(!outreach::held_out("g", contact, 0));
    CHECK(outreach::held_out("g", contact, 100));
    if (outreach::held_out("g", contact, 10)) CHECK(outreach::held_out("g", contact, 11));
  }
  CHECK(out > 140);
  CHECK(out < 260);
}

TEST_CASE("without consent nothing is said, and after two days the step is passed over") {
  Drip w;
  w.three();
  w.change("UPDATE contacts SET consent = 0");
  w.enroll();
  w.ticks(Millis(0), one_hour);
  CHECK(w.http.sent.empty());
  CHECK(w.walk().text("step_id") == "a");
  w.ticks(2 * one_day, 2 * one_day + 2 * one_hour);
  CHECK(w.walk().text("step_id") != "a");
  w.change("UPDATE contacts SET consent = 1");
  w.ticks(2 * one_day + 3 * one_hour, 4 * one_day);
  CHECK(w.said() == "bc");
}

TEST_CASE("a condition waits for what it asks, and the next delay is counted from then") {
  Drip w;
  w.step("a", 0, 0, "days");
  w.step("b", 1, 1, "hours", "condition = '\"read\"', on_false = 'wait', wait_up_to_ms = 604800000");
  w.step("c", 2, 1, "days");
  w.enroll();
  w.ticks(Millis(0), one_day);
  CHECK(w.said() == "a");
  w.change("UPDATE messages SET read_at = $t", {{"t", noon + one_day}});
  w.ticks(one_day + 10 * one_minute, one_day + 2 * one_hour);
  CHECK(w.said() == "ab");
  w.ticks(2 * one_day - one_hour, 2 * one_day);
  CHECK(w.said() == "ab");
  w.ticks(2 * one_day + one_hour, 2 * one_day + 3 * one_hour);
  CHECK(w.said() == "abc");
}

TEST_CASE("who has paid, by whatever word, is no debtor to a condition") {
  for (const char* paid :
       {"'paid', 0, 100", "'open', 100, 100", "'open', 120, 100", "'open', 99, 100", "'void', 100, 100"}) {
    CAPTURE(std::string(paid));
    Drip w;
    w.step("a", 0, 0, "days");
    w.step("b", 1, 1, "days", R"(condition = '{"not":"invoice_paid"}')");
    w.enroll();
    w.change(("INSERT INTO invoices (id, tenant_id, contact_id, number, currency, exponent, status, paid_minor, "
              "amount_minor, due_on, created_at, paid_at) VALUES ('i', 'asha', 'ana', 'N-1', 'EUR', 2, " +
              std::string(paid) + ", '2026-11-22', 0, " + std::to_string(to_ms(noon + one_hour)) + ")")
                 .c_str());
    w.ticks(Millis(0), one_hour);
    w.ticks(one_day, one_day + one_hour);
    const bool owes = std::string(paid).find("99") != std::string::npos || std::string(paid).starts_with("'void");
    CHECK(w.said() == (owes ? "ab" : "a"));
  }
}

TEST_CASE("a walk that cannot be begun, as its zone is none, is looked at once an hour, and the others begin") {
  Drip w;
  w.three();
  w.contact("ben", "asha");
  w.change("UPDATE contacts SET timezone = 'No/Such_Zone' WHERE id = 'ben'");
  w.enroll("ben");
  w.enroll();
  w.advance(Millis(0));
  CHECK(w.said() == "a");
  CHECK(w.walk("ben").time("put_off_until") == noon + one_hour);
  w.change("UPDATE contacts SET timezone = '' WHERE id = 'ben'");
  w.advance(one_hour - one_minute);
  CHECK(w.said() == "a");
  w.advance(one_hour);
  CHECK(w.said() == "aa");
}
