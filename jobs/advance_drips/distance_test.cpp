// Steps keep their distance to the message before them, whatever stood still in between; edits reach those who wait.
#include "support/drip_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;
using test::one_day;
using test::one_hour;
using test::one_minute;

namespace {

struct Course : test::DripWorld {
  // Step a at once, b to d a delay apart.
  explicit Course(std::int64_t value = 1, const char* unit = "days") {
    step("a", 0, 0, "days");
    for (const char* id : {"b", "c", "d"}) step(id, id[0] - 'a', value, unit);
  }
  // What was said by the end of each of these days, cron starting at noon and an hour later.
  std::string by_day(int from, int until) {
    std::string out;
    for (int day = from; day <= until; ++day) {
      advance(day * one_day);
      advance(day * one_day + one_hour);
      out += (out.empty() ? "" : " ") + said();
    }
    return out;
  }
  void edited(const char* what) { // as an import does it
    change(what);
    change("UPDATE enrollments SET enqueued = 0 WHERE step_id = 'b'");
    change("UPDATE ledger SET reason = '' WHERE stage = 'advance-step' AND state = 'due' AND reason = 'step.not_yet'");
  }
};

} // namespace

TEST_CASE("after a standstill of cron the steps keep their distance, with and without a cap of the day") {
  for (const bool capped : {false, true}) {
    CAPTURE(capped);
    Course w(3);
    if (capped) w.change("UPDATE tenants SET marketing_per_day = 1 WHERE id = 'asha'");
    w.enroll();
    w.advance(Millis(0));
    CHECK(w.by_day(10, 17) == "ab ab ab abc abc abc abcd abcd");
  }
}

TEST_CASE("after a standstill steps that are dated from the enrolment come one a day, or by their own hours") {
  Course w;
  w.change("UPDATE steps SET delay_from = 'enrollment', delay_value = position * 2");
  w.enroll();
  w.advance(Millis(0));
  CHECK(w.by_day(10, 13) == "ab abc abcd abcd");
  Course hours(6, "hours");
  hours.change("UPDATE steps SET delay_from = 'enrollment' WHERE id <> 'a'");
  hours.enroll();
  hours.advance(one_day);
  CHECK(hours.said() == "a");
  hours.ticks(one_day + 5 * one_hour, one_day + 6 * one_hour + 10 * one_minute);
  CHECK(hours.said() == "ab");
}

TEST_CASE("an inactive tenant's people get what came due one at a time") {
  Course w(2);
  w.enroll();
  w.advance(Millis(0));
  w.change("UPDATE tenants SET active = 0 WHERE id = 'asha'");
  CHECK(w.by_day(1, 9) == "a a a a a a a a a");
  w.change("UPDATE tenants SET active = 1 WHERE id = 'asha'");
  CHECK(w.by_day(10, 14) == "ab ab abc abc abcd");
}

TEST_CASE("hours that are closed for longer than a delay do not bring two steps together") {
  Course w(2, "hours");
  w.change("UPDATE campaigns SET window_start = '10:00', window_end = '13:00'");
  w.enroll();
  w.ticks(Millis(0), 3 * one_hour);
  CHECK(w.said() == "a");
  w.ticks(22 * one_hour, 23 * one_hour); // b was due at two, when it was closed
  CHECK(w.said() == "ab");
  w.ticks(23 * one_hour, 24 * one_hour + 50 * one_minute);
  CHECK(w.said() == "abc");
}

TEST_CASE("a step waits for the message before it to leave, and is counted from there") {
  Course w;
  w.change("UPDATE campaigns SET message_ttl_ms = 864000000");
  w.change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'");
  w.enroll();
  for (int day = 0; day <= 4; ++day) w.ticks(day * one_day, day * one_day + 2 * one_hour);
  CHECK(w.number("SELECT count(*) AS n FROM messages") == 1); // the account was down, and no burst gathers
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  CHECK(w.by_day(5, 8) == "a ab abc abcd");
}

TEST_CASE("steps without a delay come in their order, also where the first one's message is refused or put off") {
  Course w(0);
  const auto down = [](const http::Request&) { return fail(Fault::outage, "network.cannot_connect"); };
  w.http.answers.push_back(down({})); // for the message of a alone: b might go before it
  w.enroll();
  w.advance(Millis(0));
  CHECK(w.said() == "a");
  w.ticks(10 * one_minute, one_hour);
  CHECK(w.said() == "aabcd");

  Course off(0);
  const auto up = off.http.otherwise;
  off.http.otherwise = down;
  off.enroll();
  off.advance(Millis(0));
  CHECK(off.number("SELECT count(*) AS n FROM messages WHERE state = 'queued'") == 4);
  off.change("UPDATE messages SET expires_at = expires_at - 3600000 WHERE origin LIKE '%:a'"); // it is never sent
  off.ticks(10 * one_minute, one_day - one_hour);
  off.http.otherwise = up;
  off.ticks(one_day, one_day + 2 * one_hour);
  CHECK(off.said().find_first_not_of('a') == off.said().size() - 3);
  CHECK(off.said().ends_with("bcd"));
}

TEST_CASE("a step whose message before it never leaves does not wait for ever") {
  Course w(2);
  w.change("UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'");
  w.enroll();
  w.advance(Millis(0)); // expires after a day
  w.change("UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  CHECK(w.by_day(2, 4) == "b b bc");
}

TEST_CASE("a changed delay reaches those who wait for the step, earlier and later") {
  Course w;
  w.change("UPDATE steps SET delay_value = 30 WHERE id = 'b'");
  w.enroll();
  w.advance(Millis(0));
  w.advance(one_hour);
  w.edited("UPDATE steps SET delay_value = 4 WHERE id = 'b'");
  w.advance(2 * one_hour);
  CHECK(w.walk().time("step_at") == noon + 4 * one_day);
  w.edited("UPDATE steps SET delay_value = 2 WHERE id = 'b'");
  w.advance(3 * one_hour);
  w.edited("UPDATE steps SET delay_value = 3 WHERE id = 'b'");
  CHECK(w.by_day(1, 4) == "a a ab abc"); // c is counted from there
  Course off;                            // also where no step is left that is on
  off.enroll();
  off.advance(Millis(0));
  off.change("UPDATE steps SET active = 0");
  off.edited("UPDATE steps SET delay_value = 5 WHERE id = 'b'");
  off.advance(one_hour);
  CHECK(off.walk().time("step_at") == noon + 5 * one_day);
  off.advance(5 * one_day);
  CHECK(off.walk().text("state") == "completed");
}

TEST_CASE("an earlier hour reaches those who wait for it, on the day itself") {
  Course w;
  w.change("UPDATE steps SET at = '20:00', delay_value = 2 WHERE id = 'b'");
  w.enroll();
  w.advance(Millis(0));
  w.edited("UPDATE steps SET at = '13:00' WHERE id = 'b'");
  w.ticks(one_hour, 2 * one_day + 50 * one_minute);
  CHECK(w.said() == "a");
  w.advance(2 * one_day + one_hour);
  CHECK(w.said() == "ab");
}

TEST_CASE("a changed delay does not bring a step close to a message that went late") {
  Course w(30);
  w.enroll();
  w.advance(10 * one_day); // a, ten days late
  CHECK(w.said() == "a");
  w.edited("UPDATE steps SET delay_value = 2 WHERE id = 'b'");
  CHECK(w.by_day(11, 13) == "a ab ab");
}

TEST_CASE("a condition that held at once moves nobody, however late the run; one that was waited for does") {
  const char* waits = R"(condition = '"not_replied"', on_false = 'wait', wait_up_to_ms = 432000000)";
  test::DripWorld w;
  w.step("a", 0, 0, "days");
  w.step("b", 1, 1, "days", waits);
  w.step("c", 2, 2, "days");
  w.enroll();
  w.advance(Millis(0));
  w.advance(one_day + 12 * one_hour);
  CHECK(w.said() == "ab");
  CHECK(w.walk().time("step_at") == noon + 3 * one_day);

  test::DripWorld late; // it never holds, and the run comes days after the wait was over
  late.step("a", 0, 0, "days");
  late.step("b", 1, 1, "days", waits);
  late.step("c", 2, 9, "days");
  late.change("UPDATE campaigns SET exit_on_reply = 0");
  late.enroll();
  late.advance(Millis(0));
  late.change("UPDATE contacts SET wrote_at = $t", {{"t", noon + one_hour}});
  late.advance(one_day);
  late.advance(8 * one_day);
  CHECK(late.said() == "a");
  CHECK(late.walk().time("step_at") == noon + 15 * one_day);
}
