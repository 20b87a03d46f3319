// Steps that change while people wait for them, and drips that begin later than their people.
#include "cli/import/test_world.hpp"

using namespace milkrun;
using namespace milkrun::cli;
using test_import::check_mistake;
using test_import::World;

namespace {

std::string drip(const std::string& fields, const std::string& more = "") {
  return R"({"tenants":[{"slug":"gym","contacts":[{"phone":"+491700000001","ref":"A-1"}],"campaigns":[{"slug":"w",)"
         R"("kind":"drip",)" +
         fields + "}]" + more + "}]}";
}
std::string steps(const std::string& of_b) {
  return drip(R"("steps":[{"slug":"a","text":"A","subject":"S"},{"slug":"b","subject":"S",)" + of_b + "}]",
              R"(,"enrollments":[{"campaign":"w","contact":"A-1"}])");
}
constexpr const char* in_30_days = R"("text":"B","delay":{"value":30,"unit":"days"})";

} // namespace

TEST_CASE("a changed delay, start, hour or zone dates anew those who wait for the step; a changed text moves nobody") {
  World w;
  w.store(steps(in_30_days));
  // She stands at b, was looked at, and waits for its moment; another reason to wait is kept.
  w.run("UPDATE enrollments SET step_id = (SELECT id FROM steps WHERE slug = 'b'), step_at = 5");
  const auto waits = [&] {
    const db::Row row = w.row("SELECT e.enqueued, l.reason FROM enrollments e JOIN ledger l ON l.key = 'enrollment:' "
                              "|| e.id || ':' || e.step_id");
    return (row.flag("enqueued") ? "as before, " : "anew, ") + row.text("reason");
  };
  const auto stored = [&](const char* reason, const std::string& document) {
    w.run("UPDATE enrollments SET enqueued = 1; DELETE FROM ledger; INSERT INTO ledger (stage, key, tenant_id, state, "
          "due_at, reason, created_at) SELECT 'advance-step', 'enrollment:' || id || ':' || step_id, tenant_id, 'due', "
          "9, '" +
          std::string(reason) + "', 0 FROM enrollments");
    w.store(document);
    return waits();
  };
  const auto again = [&](const char* reason, const std::string& of_b) { return stored(reason, steps(of_b)); };
  CHECK(again("step.not_yet", in_30_days) == "as before, step.not_yet");
  CHECK(again("step.not_yet", R"("text":"other")") == "as before, step.not_yet");
  CHECK(again("step.not_yet", R"("delay":{"value":1,"unit":"days"})") == "anew, ");
  CHECK(again("step.not_yet", R"("delay":{"value":1,"unit":"weeks"})") == "anew, ");
  CHECK(again("step.not_yet", R"("from":"enrollment")") == "anew, ");
  CHECK(again("message.outside_hours", R"("at":"10:00")") == "anew, message.outside_hours");
  CHECK(again("step.not_yet", R"("at":"10:00")") == "as before, step.not_yet");
  CHECK(stored("step.not_yet", drip(R"("zone":"Asia/Tokyo")")) == "anew, ");
  CHECK(stored("step.not_yet", drip(R"("zone":"Asia/Tokyo","name":"W")")) == "as before, step.not_yet");
}

TEST_CASE("a drip that was a draft is counted from when it runs, for whoever came in meanwhile") {
  World w;
  w.store(steps(in_30_days));
  w.store(drip(R"("status":"draft")"));
  CHECK(w.row("SELECT paused_at FROM campaigns").time("paused_at") == test::noon);
  w.run("UPDATE campaigns SET paused_at = paused_at - 864000000; UPDATE enrollments SET started_at = started_at - "
        "432000000, previous_at = started_at - 432000000"); // ten days ago, and she came in after five
  w.store(drip(R"("status":"running")"));
  CHECK(w.row("SELECT paused_at FROM campaigns").null("paused_at"));
  const db::Row walk = w.row("SELECT * FROM enrollments");
  CHECK(walk.integer("shifted_ms") == 432'000'000);
  CHECK(walk.time("previous_at") == test::noon);
}

TEST_CASE("a pause moves a step with an hour of its own by whole days, also when it was some minutes longer") {
  constexpr std::int64_t minute = 60'000, hour = 60 * minute, day = 24 * hour;
  struct Row {
    std::int64_t pause, step_in; // the step was to come so long after the drip was paused
    std::int64_t comes_later, previous_later;
  };
  for (const bool has_hour : {true, false})
    for (const Row& row : {Row{2 * day + 5 * minute, 20 * hour, 2 * day, 2 * day}, Row{5 * minute, 20 * hour, 0, 0},
                           Row{2 * day + 9 * hour, 20 * hour, 2 * day, 2 * day},
                           Row{2 * day + 9 * hour, 1 * hour, 3 * day, 3 * day},     // that hour has passed
                           Row{2 * day + 9 * hour, -1 * hour, 2 * day, 2 * day}}) { // it was overdue, and is
      CAPTURE(has_hour);
      CAPTURE(row.pause);
      CAPTURE(row.step_in);
      World w;
      w.store(steps(has_hour ? R"("text":"B","at":"10:00")" : R"("text":"B")"));
      w.store(drip(R"("status":"paused")"));
      const std::int64_t paused = to_ms(test::noon) - row.pause, previous = paused - day;
      w.run("UPDATE campaigns SET paused_at = " + std::to_string(paused));
      w.run("UPDATE enrollments SET step_id = (SELECT id FROM steps WHERE slug = 'b'), started_at = " +
            std::to_string(previous) + ", previous_at = " + std::to_string(previous) +
            ", step_at = " + std::to_string(paused + row.step_in));
      w.store(drip(R"("status":"running")"));
      const db::Row walk = w.row("SELECT * FROM enrollments");
      const std::int64_t later = walk.integer("step_at") - (paused + row.step_in);
      CHECK(later == (has_hour ? row.comes_later : row.pause));
      CHECK(walk.integer("previous_at") - previous == (has_hour ? row.previous_later : row.pause));
      CHECK(walk.integer("shifted_ms") == later);
    }
}

TEST_CASE("a step with a template alone must leave email out of its channels") {
  World w;
  const std::string at = "tenants[0].campaigns[0].steps[1].text", has = R"("template":{"name":"t","language":"en"})";
  check_mistake(w.check(steps(has)), {"", at, "an e-mail is no template"});
  check_mistake(w.check(steps(has + R"(,"channels":["email"])")), {"", at, "an e-mail is no template"});
  CHECK(w.check(steps(has + R"(,"channels":["whatsapp"])")).empty());
  CHECK(w.check(steps(has + R"(,"text":"B")")).empty());
  w.store(steps(has + R"(,"channels":["whatsapp"])"));
  check_mistake(w.check(steps(R"("channels":["whatsapp","email"])")), {"", at, "an e-mail is no template"});
}

TEST_CASE("a campaign with people in it keeps its kind: else they would be written to, and nobody could stop it") {
  World w;
  const std::string social = R"({"tenants":[{"slug":"gym","campaigns":[{"slug":"w","kind":"social"}]}]})";
  w.store(steps(in_30_days));
  const Problems found = w.check(social);
  check_mistake(found, {social, "tenants[0].campaigns[0].kind",
                        "the campaign w is \"drip\" with people in it; give the "
                        "new one another slug"});
  w.run("DELETE FROM enrollments");
  CHECK(w.check(social).empty());
  w.store(social);
  CHECK(w.check(drip(R"("steps":[])")).empty()); // no claim yet
  w.run(
      "INSERT INTO tasks (id, tenant_id, campaign_id, slug, platform, action, object_id, title, reward_spins) SELECT "
      "'t', tenant_id, id, 't', 'INSTAGRAM', 'COMMENT', '1', 'T', 1 FROM campaigns; INSERT INTO task_completions (id, "
      "tenant_id, task_id, contact_id, claimed_at, verify_after, deadline_at) SELECT 'c', tenant_id, 't', id, 1, 2, 3 "
      "FROM contacts");
  CHECK(w.check(drip(R"("steps":[])")).size() == 1);
}
