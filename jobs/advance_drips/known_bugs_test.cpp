// Bugs that drips of this kind have had elsewhere, by the number or the tracker they are known by.
#include "base/zone.hpp"
#include "jobs/jobs.hpp"
#include "support/drip_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon; // 2026-11-21, a Saturday
using test::one_day;
using test::one_hour;
using test::one_minute;

namespace {

using World = test::DripWorld;

// As an import does it: the pause is added to every wait.
void pause(World& w) {
  w.change("UPDATE campaigns SET status = 'paused', paused_at = $t WHERE id = 'g'", {{"t", w.clock.now()}});
}
void resume(World& w) {
  w.change(
      "UPDATE enrollments SET step_at = step_at + ($now - (SELECT paused_at FROM campaigns WHERE id = 'g')), "
      "previous_at = previous_at + ($now - (SELECT paused_at FROM campaigns WHERE id = 'g')), "
      "shifted_ms = shifted_ms + ($now - (SELECT paused_at FROM campaigns WHERE id = 'g')) WHERE campaign_id = 'g'",
      {{"now", w.clock.now()}});
  w.change("UPDATE campaigns SET status = 'running', paused_at = NULL WHERE id = 'g'");
}

} // namespace

TEST_CASE("M4: after its last step a walk is completed, and no step comes any more") {
  World w;
  w.step("a", 0, 0, "days");
  w.enroll();
  for (int day = 0; day < 5; ++day) w.ticks(day * one_day, day * one_day + one_hour);
  CHECK(w.said() == "a");
  CHECK(w.walk().text("state") == "completed");
  CHECK(w.number("SELECT count(*) AS n FROM ledger WHERE stage = 'advance-step' AND state = 'due'") == 0);
}

TEST_CASE("M5: a walk's position is its step, not a count of messages") {
  World w;
  w.three();
  w.enroll();
  w.advance(Millis(0));
  w.change("UPDATE enrollments SET message_id = NULL");
  w.change("DELETE FROM messages"); // as a clean-up of old ones would
  w.ticks(2 * one_day, 2 * one_day + one_hour);
  CHECK(w.said() == "ab");
}

TEST_CASE("M6: who has no next moment yet gets one") {
  World w;
  w.three();
  w.enroll();
  CHECK(w.walk().null("step_at"));
  w.advance(Millis(0));
  CHECK(w.walk().time("step_at") == noon + 2 * one_day);
}

TEST_CASE("M7: steps have one order and one name each, and one that is off is passed over") {
  World w;
  w.three();
  CHECK_THROWS_AS(
      w.change("INSERT INTO steps (id, tenant_id, campaign_id, slug, position) VALUES ('a2', 'asha', 'g', 'a', 9)"),
      db::DatabaseError);
  w.change("UPDATE steps SET active = 0 WHERE id = 'b'");
  w.enroll();
  w.ticks(Millis(0), one_hour);
  w.ticks(one_day, 4 * one_day);
  CHECK(w.said() == "ac");
}

TEST_CASE("M8, parcelvoy#462: enrolled four times at once is one walk") {
  World w;
  w.three();
  for (int i = 0; i < 4; ++i) w.enroll();
  CHECK_THROWS_AS(
      w.change("INSERT INTO enrollments (id, tenant_id, campaign_id, contact_id, state, started_at, previous_at) "
               "VALUES ('twice', 'asha', 'g', 'ana', 'active', 0, 0)"),
      db::DatabaseError);
  w.ticks(Millis(0), one_hour);
  CHECK(w.said() == "a");
}

TEST_CASE("parcelvoy#705: an event that a client tells again after the walk is over is the same event") {
  World w;
  w.step("a", 0, 0, "days");
  w.change("UPDATE campaigns SET reentry = 'after_completion'");
  const auto tell = [&](Time happened) {
    outreach::Enrolled out{};
    w.database->transact(
        [&](db::Transaction& tx) { out = outreach::enroll(tx, {"asha"}, "g", "ana", happened, w.clock.now()); });
    return out;
  };
  CHECK(tell(noon) == outreach::Enrolled::active);
  CHECK(tell(noon) == outreach::Enrolled::already);
  w.ticks(one_minute, one_hour);
  CHECK(w.walk().text("state") == "completed");
  w.clock.t = noon + 3 * one_day;
  CHECK(tell(noon) == outreach::Enrolled::already); // the client's third try
  w.ticks(3 * one_day, 3 * one_day + one_hour);
  CHECK(w.said() == "a");
  CHECK(tell(noon + 3 * one_day) == outreach::Enrolled::active); // another event
  w.ticks(4 * one_day, 4 * one_day + one_hour);
  CHECK(w.said() == "aa");
}

TEST_CASE("M9: a delay has a value and a unit, and no other number says the same") {
  World w;
  CHECK_THROWS_AS(w.step("x", 0, 2, "fortnights"), db::DatabaseError);
  w.step("a", 0, 0, "days");
  w.step("b", 1, 2, "hours");
  w.step("c", 2, 2, "days");
  w.enroll();
  w.ticks(Millis(0), 3 * one_hour);
  CHECK(w.said() == "ab");
  w.ticks(one_day, 2 * one_day + one_hour);
  CHECK(w.said() == "ab");
  w.ticks(2 * one_day + 2 * one_hour, 2 * one_day + 3 * one_hour);
  CHECK(w.said() == "abc");
}

TEST_CASE("M11: a campaign that is paused, a draft or over sends nothing, wherever people stand") {
  for (const char* status : {"draft", "paused", "ended"}) {
    CAPTURE(status);
    World w;
    w.three();
    w.enroll();
    w.advance(Millis(0));
    w.change("UPDATE campaigns SET status = $s", {{"s", status}});
    w.ticks(2 * one_day, 3 * one_day);
    CHECK(w.said() == "a");
  }
}

TEST_CASE("M14: a campaign that is started again and again is sent once") {
  World w;
  w.three();
  w.enroll();
  for (int i = 0; i < 10; ++i) {
    w.change("UPDATE campaigns SET status = 'draft'");
    w.change("UPDATE campaigns SET status = 'running'");
    w.advance(i * one_minute);
  }
  CHECK(w.said() == "a");
}

TEST_CASE("M15: what a cap cuts off is still to come, and the campaign is not over") {
  World w;
  w.step("a", 0, 0, "days");
  w.change("UPDATE tenants SET messages_per_day = 3 WHERE id = 'asha'"); // and a message lasts a day
  for (int i = 0; i < 8; ++i) {
    w.contact("p" + std::to_string(i), "asha");
    w.enroll("p" + std::to_string(i));
  }
  w.advance(Millis(0));
  CHECK(w.said() == "aaa");
  for (int day = 1; day <= 3; ++day) w.ticks(day * one_day, day * one_day + one_hour);
  CHECK(w.said() == "aaaaaaaa");
}

TEST_CASE("M24, mautic#7458: hours and weekdays bind every step") {
  World w;
  w.step("a", 0, 0, "days");
  w.step("b", 1, 0, "days");
  w.change("UPDATE campaigns SET weekdays = '[\"wed\"]', window_start = '10:00', window_end = '11:00'");
  w.enroll();
  w.ticks(Millis(0), 6 * one_day);
  CHECK(w.said().size() == 2);
  for (const db::Row& row : w.rows("SELECT sent_at FROM messages"))
    CHECK(zone::utc(row.time("sent_at")).starts_with("2026-11-25T10:"));
}

TEST_CASE("M26: an unknown variable stops the step and says which, instead of leaving a hole") {
  World w;
  w.step("a", 0, 0, "days", R"(text = '{"":"step a {setup_link}"}')");
  w.enroll();
  w.ticks(Millis(0), one_hour);
  CHECK(w.http.sent.empty());
  const db::Row row = w.rows("SELECT reason, args FROM ledger WHERE stage = 'advance-step'").at(0);
  CHECK(row.text("reason") == "step.unwritable");
  CHECK(row.text("args").find("{setup_link}") != std::string::npos);
}

TEST_CASE(
    "sutando#4406, saasmail#110: delays add up; two steps never come at once because one is dated from the start") {
  World w;
  w.step("a", 0, 0, "days");
  w.step("b", 1, 3, "days");
  w.step("c", 2, 7, "days");
  w.step("d", 3, 10, "days", "delay_from = 'enrollment'"); // its day is that of c, which it follows
  w.enroll();
  std::vector<Time> at;
  for (int day = 0; day <= 11; ++day) w.ticks(day * one_day, day * one_day + one_hour);
  for (const db::Row& row : w.rows("SELECT sent_at FROM messages ORDER BY sent_at")) at.push_back(row.time("sent_at"));
  REQUIRE(at.size() == 4);
  at.pop_back();
  CHECK(at == std::vector<Time>{noon, noon + 3 * one_day, noon + 10 * one_day});
  CHECK(w.said() == "abcd");
}

TEST_CASE("mautic#3340, mautic PR#16183: running again after a pause is no burst, and happens once") {
  World w;
  w.step("a", 0, 0, "days");
  w.step("b", 1, 1, "days");
  w.step("c", 2, 1, "days");
  w.step("d", 3, 1, "days");
  w.enroll();
  w.advance(Millis(0));
  pause(w);
  w.ticks(one_day, 10 * one_day);
  CHECK(w.said() == "a");
  resume(w);
  w.ticks(10 * one_day, 10 * one_day + 2 * one_hour);
  CHECK(w.said() == "a"); // b waits its day, not nothing and not three at once
  w.ticks(11 * one_day, 11 * one_day + 2 * one_hour);
  CHECK(w.said() == "ab");
}

TEST_CASE("mautic#7508: running again after a pause does go on") {
  World w;
  w.three();
  w.enroll();
  pause(w);
  w.advance(one_hour);
  w.clock.t = noon + 2 * one_hour;
  resume(w);
  w.ticks(2 * one_hour, 3 * one_hour);
  CHECK(w.said() == "a");
}

TEST_CASE("mautic#6447: who comes in again gets the first step, also one without delay") {
  World w;
  w.step("a", 0, 0, "days");
  w.change("UPDATE campaigns SET reentry = 'after_completion', reentry_days = 0");
  w.enroll();
  w.advance(Millis(0));
  CHECK(w.walk().text("state") == "completed");
  w.clock.t = noon + one_hour;
  CHECK(w.enroll() == outreach::Enrolled::active);
  w.advance(one_hour + one_minute);
  CHECK(w.said() == "aa");
}

TEST_CASE("mautic#7881: where nobody comes in again, nobody does") {
  World w;
  w.step("a", 0, 0, "days");
  w.enroll();
  w.advance(Millis(0));
  w.clock.t = noon + 100 * one_day;
  CHECK(w.enroll() == outreach::Enrolled::not_again);
}

TEST_CASE("mautic#9797: of two walks of one person only one is open") {
  World w;
  w.three();
  w.change("UPDATE campaigns SET reentry = 'after_completion'");
  w.enroll();
  w.ticks(Millis(0), 3 * one_day + one_hour);
  CHECK(w.walk().text("state") == "completed");
  w.enroll();
  CHECK(w.number("SELECT count(*) AS n FROM enrollments WHERE state = 'active'") == 1);
  w.ticks(3 * one_day + 2 * one_hour, 4 * one_day);
  CHECK(w.said() == "abca");
}

TEST_CASE("mautic#838: a changed hour reaches those who wait") {
  World w;
  w.step("a", 0, 0, "days");
  w.step("b", 1, 1, "days");
  w.enroll();
  w.advance(Millis(0));
  w.change("UPDATE steps SET at = '18:00' WHERE id = 'b'");
  w.ticks(one_day, one_day + 5 * one_hour + 50 * one_minute);
  CHECK(w.said() == "a");
  w.ticks(one_day + 6 * one_hour, one_day + 7 * one_hour);
  CHECK(w.said() == "ab");
}

TEST_CASE("mautic#7676: every send passes one gate, also what a condition let through") {
  World w;
  w.step("a", 0, 0, "days", R"(condition = '"not_replied"')");
  w.change("UPDATE campaigns SET window_start = '20:00', window_end = '21:00'");
  w.enroll();
  w.ticks(Millis(0), 7 * one_hour);
  CHECK(w.said().empty());
  w.ticks(8 * one_hour, 9 * one_hour);
  CHECK(w.said() == "a");
}

TEST_CASE("mautic PR#11602: where the clocks go back nothing is put off for ever, and nothing comes twice") {
  World w;
  w.change("UPDATE contacts SET timezone = 'Europe/Berlin'");
  w.step("a", 0, 0, "hours", "at = '02:30'"); // twice on the 31st of October 2027
  w.clock.t = *zone::instant_at("Europe/Berlin", "2027-10-31", 60);
  w.enroll();
  const Millis from = w.clock.t - noon;
  w.ticks(from, from + 6 * one_hour);
  CHECK(w.said() == "a");
  CHECK(zone::utc(w.rows("SELECT sent_at FROM messages").at(0).time("sent_at")) == "2027-10-31T00:30:00Z");
}

TEST_CASE("mautic#1759: nothing goes before its date, in any zone") {
  for (const char* zone_name : {"Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"}) {
    CAPTURE(zone_name);
    World w;
    w.change("UPDATE contacts SET timezone = $z", {{"z", zone_name}});
    w.step("a", 0, 2, "days", "at = '10:00'");
    w.enroll();
    w.ticks(Millis(0), 4 * one_day);
    REQUIRE(w.said() == "a");
    const Time at = w.rows("SELECT sent_at FROM messages").at(0).time("sent_at");
    CHECK(zone::local(zone_name, at).substr(11, 5) == "10:00");
    CHECK(zone::days_between(zone::local_date(zone_name, noon), zone::local_date(zone_name, at)) == 2);
  }
}

TEST_CASE("PostHog#42016: days keep the hour on the wall when the clocks change") {
  World w;
  w.change("UPDATE contacts SET timezone = 'America/New_York'");
  w.step("a", 0, 0, "days");
  w.step("b", 1, 1, "days");
  w.clock.t = *zone::instant_at("America/New_York", "2027-03-13", 600);
  w.enroll();
  const Millis from = w.clock.t - noon;
  w.ticks(from, from + one_day + one_hour);
  REQUIRE(w.said() == "ab");
  CHECK(zone::local("America/New_York", w.rows("SELECT max(sent_at) AS sent_at FROM messages").at(0).time("sent_at"))
            .substr(11, 5) == "10:00");
}

TEST_CASE("Spoke#1293: what could not go in its time is not sent stale") {
  World w;
  w.step("a", 0, 0, "days");
  w.change("UPDATE campaigns SET message_ttl_ms = 3600000");
  w.change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'");
  w.enroll();
  w.advance(Millis(0));
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  w.ticks(20 * one_hour, 24 * one_hour);
  CHECK(w.http.sent.empty());
  CHECK(w.rows("SELECT reason FROM messages").at(0).text("reason") == "message.expired");
}

TEST_CASE("warmbly#437: a moment is worked out once and stored, not drawn anew at each look") {
  World w;
  w.three();
  w.enroll();
  w.advance(Millis(0));
  const Time at = w.walk().time("step_at");
  for (int i = 1; i < 20; ++i) {
    w.advance(i * one_hour);
    CHECK(w.walk().time("step_at") == at);
  }
}

TEST_CASE("warmbly#385: the first step's delay counts") {
  World w;
  w.step("a", 0, 5, "hours");
  w.enroll();
  w.ticks(Millis(0), 4 * one_hour + 50 * one_minute);
  CHECK(w.said().empty());
  w.ticks(5 * one_hour, 6 * one_hour);
  CHECK(w.said() == "a");
}

TEST_CASE("ideachain#856: who answers is left in peace") {
  World w;
  w.three();
  w.enroll();
  w.advance(Millis(0));
  w.change("UPDATE contacts SET wrote_at = $t WHERE id = 'ana'", {{"t", noon + one_hour}});
  w.ticks(2 * one_day, 4 * one_day);
  CHECK(w.said() == "a");
  CHECK(w.walk().text("reason") == "walk.replied");
}

TEST_CASE("heya PR#9: a step that was passed over does not come back when its condition holds later") {
  World w;
  w.step("a", 0, 0, "days", R"(condition = '{"has_tag":"vip"}')");
  w.step("b", 1, 1, "days");
  w.enroll();
  w.ticks(Millis(0), one_hour);
  w.change("UPDATE contacts SET tags = '[\"vip\"]'");
  w.ticks(one_day, 2 * one_day);
  CHECK(w.said() == "b");
}

TEST_CASE("heya#180: a person with a walk cannot vanish from under it") {
  World w;
  w.three();
  w.enroll();
  CHECK_THROWS_AS(w.change("DELETE FROM contacts WHERE id = 'ana'"), db::DatabaseError);
}

TEST_CASE("lift compares those who get a drip with those held out, once a day and where replies are known") {
  World w;
  w.step("a", 0, 0, "days");
  for (int i = 0; i < 40; ++i) {
    w.contact("p" + std::to_string(i), "asha");
    w.enroll("p" + std::to_string(i));
  }
  w.change("UPDATE campaigns SET holdout_percent = 25, exit_on_reply = 0");
  w.change("UPDATE enrollments SET state = 'holdout' WHERE CAST(substr(contact_id, 2) AS INTEGER) < 10");
  const auto notes = [&](Millis since) {
    std::vector<std::string> out;
    for (const Job* job : all_jobs())
      if (job->name == "advance-drips")
        w.database->transact([&](db::Transaction& tx) { out = job->warnings(tx, noon + since); });
    return out;
  };
  CHECK(notes(Millis(0)).empty()); // nobody has written
  w.change("UPDATE contacts SET wrote_at = $t WHERE CAST(substr(id, 2) AS INTEGER) IN (1, 11, 12, 13, 14, 15, 16)",
           {{"t", noon + one_minute}});
  CHECK(notes(one_hour).empty()); // told of that day already
  const auto told = notes(one_day);
  REQUIRE(told.size() == 1);
  CHECK(told[0] == "g of asha: 20.0% of 30 who get it replied, 10.0% of 10 who are held out (2.00 times as many)");
  CHECK(notes(one_day + one_hour).empty());
}
