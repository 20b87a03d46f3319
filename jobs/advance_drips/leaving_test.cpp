// Who has left a drip gets nothing of it any more: not what waits in the outbox, and not by another channel.
#include "support/drip_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;
using test::one_day;
using test::one_hour;

namespace {

// One or two messages wait in the outbox, for five days at most.
struct Waiting : test::DripWorld {
  explicit Waiting(bool two = false, bool more = true) {
    change("UPDATE campaigns SET message_ttl_ms = 432000000, goal_tag = 'member'");
    change("UPDATE contacts SET email = 'ana@example.org', email_consent = 1");
    credential("tenant", "asha", "asha", "email", "smtp://mail.example.org", R"({"from":"asha@example.org"})");
    step("a", 0, 0, "days");
    if (two) step("b", 1, 0, "days");
    if (more) step("z", 9, 20, "days");
    hold(true);
    enroll();
    advance(Millis(0));
  }
  void hold(bool back) {
    change(back ? "UPDATE tenants SET messages_per_day = 0 WHERE id = 'asha'"
                : "UPDATE tenants SET messages_per_day = NULL WHERE id = 'asha'");
  }
  bool stop() {
    bool out = false;
    database->transact([&](db::Transaction& tx) {
      out = outreach::is_inside(tx, {"asha"}, "g", "ana");
      CHECK(outreach::leave(tx, {"asha"}, "g", "ana", Reason("walk.stopped", {"hand"}), clock.now()) == out);
    });
    return out;
  }
  // What is said on WhatsApp from now on; and the outbox: "STATE REASON" each, "email" for what is passed on.
  std::string then() {
    hold(false);
    ticks(one_day, one_day + one_hour);
    std::string out = said();
    for (const db::Row& row : rows("SELECT channel, state, reason FROM messages ORDER BY created_at, origin"))
      out += row.text("channel") == "email" ? " email" : " " + row.text("state") + " " + row.text("reason");
    return out;
  }
};

constexpr const char* opts_out =
    "INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'all', 'import', 0)";

} // namespace

TEST_CASE("who answers, opts out, reaches the goal or whose campaign ends gets no message that waits") {
  struct Row {
    const char *change, *reason;
  };
  for (const Row& row : {Row{"UPDATE contacts SET wrote_at = 1795262400000 + 3600000", "walk.replied"},
                         Row{opts_out, "walk.opted_out"}, Row{"UPDATE contacts SET tags = '[\"member\"]'", "walk.goal"},
                         Row{"UPDATE campaigns SET status = 'ended'", "walk.campaign_ended"}})
    for (const bool more : {true, false}) { // steps to come, or none
      CAPTURE(std::string(row.reason));
      CAPTURE(more);
      Waiting w(false, more);
      w.change(row.change);
      CHECK(w.then() == " cancelled message.left_drip");
      CHECK(w.walk().text("state") == (more ? "exited" : "completed"));
      CHECK(w.walk().text("reason") == (more ? row.reason : ""));
    }
}

TEST_CASE("stopping a walk calls off all of its messages, also when the last step is past") {
  Waiting two(true);
  CHECK(two.stop());
  CHECK(two.then() == " cancelled message.left_drip cancelled message.left_drip");
  Waiting last(false, false);
  CHECK(last.walk().text("state") == "completed");
  CHECK(last.stop());
  CHECK(last.walk().text("reason") == "walk.stopped");
  CHECK(!last.stop());
  CHECK(last.then() == " cancelled message.left_drip");
  Waiting sent(false, false);
  CHECK(sent.then() == "a sent ");
  CHECK(!sent.stop()); // nothing is left to be stopped
}

TEST_CASE("who wants no more marketing on one channel does not get it by another, unless the drip says so") {
  Waiting w;
  w.change("UPDATE campaigns SET exit_on_opt_out = 0");
  w.change(opts_out);
  CHECK(w.then() == "a cancelled message.opted_out email");
  CHECK(w.walk().text("state") == "active");

  Waiting alone; // a message of no walk
  alone.change("UPDATE messages SET origin = 'completion:1'");
  alone.change(opts_out);
  CHECK(alone.then() == " cancelled message.opted_out");

  Waiting told; // the service says it
  told.credential("tenant", "asha", "asha", "whatsapp", "https://graph.facebook.com", R"({"adapter":"cloud"})");
  told.change("UPDATE messages SET template_name = 't', template_language = 'en'");
  told.http.otherwise = [](const http::Request&) {
    return http::Response{.status = 400, .body = R"({"error":{"code":131050,"message":"opted out"}})"};
  };
  CHECK(told.then() == " failed whatsapp.opted_out");
  CHECK(told.walk().text("reason") == "walk.opted_out");
}

TEST_CASE("who has not agreed to marketing gets no step, each passed over for that, and leaves for it at the end") {
  const auto passed = [](test::DripWorld& w) {
    std::string out;
    for (const db::Row& row : w.rows("SELECT key, state, reason FROM ledger WHERE stage = 'advance-step' ORDER BY key"))
      out += row.text("key").back() + (" " + row.text("state") + " " + row.text("reason")) + ", ";
    return out;
  };
  test::DripWorld w;
  w.three();
  w.change("UPDATE contacts SET consent = 0");
  w.enroll();
  for (int day = 0; day <= 8; ++day) w.ticks(day * one_day, day * one_day + one_hour);
  CHECK(w.said() == "");
  CHECK(passed(w) == "a cancelled step.no_consent, b cancelled step.no_consent, c cancelled step.no_consent, ");
  CHECK(w.walk().text("state") == "exited");
  CHECK(w.walk().text("reason") == "walk.no_consent");

  test::DripWorld later; // she agrees while b waits for it
  later.three();
  later.change("UPDATE contacts SET consent = 0");
  later.enroll();
  for (int day = 0; day <= 3; ++day) later.ticks(day * one_day, day * one_day + one_hour);
  later.change("UPDATE contacts SET consent = 1");
  for (int day = 4; day <= 8; ++day) later.ticks(day * one_day, day * one_day + one_hour);
  CHECK(later.said() == "bc");
  CHECK(later.walk().text("state") == "completed");

  test::DripWorld taken_back; // she got something
  taken_back.three();
  taken_back.enroll();
  taken_back.advance(Millis(0));
  taken_back.change("UPDATE contacts SET consent = 0");
  for (int day = 1; day <= 8; ++day) taken_back.ticks(day * one_day, day * one_day + one_hour);
  CHECK(taken_back.walk().text("state") == "completed");
}

TEST_CASE("a step that is passed over says why") {
  test::DripWorld w;
  w.step("a", 0, 0, "days", "condition = '\"read\"'");
  w.step("b", 1, 0, "days", "channels = '[\"email\"]'"); // she has none
  w.step("c", 2, 0, "days");
  w.enroll();
  w.advance(Millis(0));
  w.change("UPDATE steps SET active = 0 WHERE id = 'c'");
  w.ticks(2 * one_day, 2 * one_day + one_hour);
  const auto reason = [&](const char* step) {
    return w.rows("SELECT reason FROM ledger WHERE key LIKE 'enrollment:%:' || $s", {{"s", step}}).at(0).text("reason");
  };
  CHECK(reason("a") == "step.not_for_her");
  CHECK(reason("b") == "step.no_channel");
  CHECK(w.walk().text("state") == "completed"); // c was switched off before anybody came to it
  test::DripWorld off;
  off.step("a", 0, 1, "days");
  off.enroll();
  off.advance(Millis(0));
  off.change("UPDATE steps SET active = 0");
  off.advance(one_day);
  CHECK(off.rows("SELECT reason FROM ledger").at(0).text("reason") == "step.off");
}

TEST_CASE("who can be reached nowhere any more leaves with that reason, and no step waits two days for her") {
  test::DripWorld w;
  w.three();
  w.enroll();
  w.advance(Millis(0));
  w.change("INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'all', 'address dead', 0)");
  w.advance(one_hour);
  CHECK(w.walk().text("state") == "active");
  w.advance(2 * one_day);
  CHECK(w.walk().text("state") == "exited");
  CHECK(w.walk().text("reason") == "walk.unreachable");

  test::DripWorld other; // her mail is read
  other.three();
  other.change("UPDATE contacts SET email = 'ana@example.org', email_consent = 1");
  other.change("UPDATE campaigns SET name = ''");
  other.enroll();
  other.change("INSERT INTO suppressions VALUES ('asha', 'whatsapp', '+491701000001', 'all', 'address dead', 0)");
  other.advance(Millis(0));
  CHECK(other.rows("SELECT channel FROM messages").at(0).text("channel") == "email");
  CHECK(other
            .rows("SELECT m.subject = t.name AS same FROM messages m JOIN tenants t ON t.id = m.tenant_id") // no slug
            .at(0)
            .flag("same"));
}
