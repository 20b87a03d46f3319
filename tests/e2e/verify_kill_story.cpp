// verify-social killed at every point between claim and message: a claim is rewarded once, a person is told once, or
// the message is held; nothing is lost.
#include "e2e/social.hpp"

#include <fmt/format.h>

using namespace milkrun::e2e;

namespace {

// Kills the first run at the point, and sometimes the second one too; then lets runs go on until nothing is due.
// A message is marked by the statement that admits it: arm.before stands before it, arm.after behind its commit.
void survive(const std::vector<std::string>& points) {
  CAPTURE(fmt::format("{}{}", points.front(), points.size() > 1 ? ", then " + points[1] : ""));
  Social scene;
  scene.everybody();
  scene.open();
  for (const std::string& point : points) {
    const Finished killed =
        scene.milkrun({"verify-social", "--json", "--in-flight", "1"}, {{"MILKRUN_TEST_KILL", point}});
    REQUIRE_MESSAGE(killed.code == -1, "was not killed: " << killed.err);
    scene.all_due();
  }
  for (int i = 0; i < 3; ++i) {
    scene.all_due();
    if (scene.verify().idle()) break;
  }
  for (const char* task : {"a", "b", "c", "d"}) CHECK(scene.claim_state(task) == "verified");
  CHECK(scene.db().number("SELECT count(*) FROM rewards") == 4);
  CHECK(scene.db().number("SELECT count(*) FROM messages") == 4);
  scene.no_doubles();
  // books has no account; the three others went out, or nobody can know and an operator is asked.
  const long sent = scene.db().number("SELECT count(*) FROM messages WHERE state = 'sent'");
  const long held = scene.db().number("SELECT count(*) FROM messages WHERE state = 'held'");
  CHECK(sent + held == 3);
  CHECK(held <= static_cast<long>(points.size()));
  CHECK(static_cast<long>(scene.messages().size()) >= sent);
  CHECK(scene.messages().size() <= 3);
}

} // namespace

TEST_CASE("killed before or after any commit and call of verify-social, rewarded once and told once") {
  for (const char* point :
       {"turn.before",        "turn.after",          "turn.after:2",        "admit.before",        "admit.after",
        "admit.after:4",      "admit.after:6",       "work.before:3",       "work.after:2",        "work.after:5",
        "http.before_send",   "http.before_send:4",  "http.before_send:5",  "http.in_flight",      "http.in_flight:5",
        "http.in_flight:6",   "http.after_answer:2", "http.after_answer:5", "http.after_answer:7", "arm.before",
        "arm.before:2",       "arm.after",           "arm.after:3",         "settle.before:2",     "settle.before:5",
        "settle.after:1",     "settle.after:4",      "settle.after:6",      "turn.settled:5",      "turn.armed:6",
        "db.before_commit:5", "db.before_commit:9",  "db.before_commit:13", "db.after_commit:6",   "db.after_commit:11",
        "db.after_commit:14", "run.before_report"})
    survive({point});
}

TEST_CASE("killed again while it recovers") {
  survive({"arm.after", "rescue.before"});
  survive({"arm.after", "rescue.after"});
  survive({"http.in_flight:5", "settle.before"});
  survive({"settle.before:5", "arm.after"});
  survive({"work.after:2", "admit.after"});
}
