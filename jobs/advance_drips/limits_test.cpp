// The sender's own limits put a drip off; they lose nothing of it.
#include "support/drip_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon; // 2026-11-21
using test::one_day;
using test::one_hour;

namespace {

// A broadcast, a drip of one step, to so many; its messages last a day.
struct Broadcast : test::DripWorld {
  explicit Broadcast(int people) {
    step("a", 0, 0, "days");
    for (int i = 0; i < people; ++i) {
      contact("p" + std::to_string(i), "asha");
      enroll("p" + std::to_string(i));
    }
  }
  std::int64_t count(const char* state) {
    return number("SELECT count(*) AS n FROM messages WHERE state = $s", {{"s", state}});
  }
  // How many were sent on the day after so many days, by an hourly run.
  std::int64_t day(int days) {
    const std::int64_t before = count("sent");
    for (int hour = 0; hour < 12; ++hour) advance(days * one_day + hour * one_hour);
    return count("sent") - before;
  }
};

} // namespace

TEST_CASE("a broadcast over a warm-up reaches everybody over the days") {
  Broadcast w(120);
  w.change("UPDATE tenants SET warmup_start = '2026-11-21' WHERE id = 'asha'");
  w.change("UPDATE campaigns SET window_start = '09:00', window_end = '20:00'");
  CHECK(w.day(0) == 20);
  CHECK(w.day(1) == 30);
  CHECK(w.day(2) == 50);
  CHECK(w.day(3) == 20);
  CHECK(w.count("sent") == 120);
}

TEST_CASE("two a day of five drips reach a contact on three days") {
  Broadcast w(1);
  w.change("UPDATE tenants SET marketing_per_day = 2 WHERE id = 'asha'");
  for (const char* other : {"h", "i", "j", "k"}) {
    w.campaign(other, "asha");
    w.change("UPDATE campaigns SET kind = 'drip' WHERE id = $c", {{"c", other}});
    w.change("INSERT INTO steps (id, tenant_id, campaign_id, slug, position, delay_value, delay_unit, text) SELECT "
             "'a' || $c, tenant_id, $c, slug, position, delay_value, delay_unit, text FROM steps WHERE id = 'a'",
             {{"c", other}});
    w.database->transact(
        [&](db::Transaction& tx) { outreach::enroll(tx, {"asha"}, other, "p0", w.clock.now(), w.clock.now()); });
  }
  CHECK(w.day(0) == 2);
  CHECK(w.day(1) == 2);
  CHECK(w.day(2) == 1);
  CHECK(w.count("cancelled") == 0);
}

TEST_CASE("what the month's plan does not allow goes in the next month") {
  Broadcast w(5);
  w.change("INSERT INTO plans (id, slug, messages_per_month) VALUES ('p', 'p', 2)");
  w.change("UPDATE tenants SET plan_id = 'p' WHERE id = 'asha'");
  for (int day = 0; day < 12; ++day) w.day(day);
  CHECK(w.count("sent") == 4); // two in November, two in December
  CHECK(w.count("queued") == 1);
}

TEST_CASE("a contact's own cap puts off, and loses nothing") {
  Broadcast w(1);
  w.change("UPDATE tenants SET contact_daily_cap = 1 WHERE id = 'asha'");
  w.step("b", 1, 1, "minutes");
  w.step("c", 2, 1, "minutes");
  CHECK(w.day(0) == 1);
  CHECK(w.day(1) == 1);
  CHECK(w.day(2) == 1);
  CHECK(w.said() == "abc");
}

TEST_CASE("a sender's slow pace makes nothing expire, also where cron comes more rarely than its places") {
  Broadcast w(60);
  w.change("UPDATE tenants SET sender_interval_ms = 1800000 WHERE id = 'asha'"); // 30 hours for all of them
  w.ticks(Millis(0), 30 * one_hour);
  CHECK(w.count("sent") == 60);
  Broadcast rare(60);
  rare.change("UPDATE tenants SET sender_interval_ms = 1800000 WHERE id = 'asha'");
  for (int hour = 0; hour <= 60; ++hour) rare.advance(hour * one_hour + hour * Millis(1'700));
  CHECK(rare.count("sent") == 60);
}
