// verify-claim: visits, one follower, and what a policy decides without evidence.
#include "jobs/verify_social/stages.hpp"

#include "support/social_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::noon;
using test::one_day;
using test::one_hour;
using test::one_minute;
using test::SocialWorld;

namespace {

struct Alone : SocialWorld {
  explicit Alone(const char* policy = "meta", const char* action = "FOLLOW") {
    tenant("asha");
    campaign("g", "asha", policy);
    task("t", "asha", "g", "INSTAGRAM", action, "");
  }
  RunReport check_at(Millis since_noon) {
    return run_at(since_noon, {verify_social::verify_object(), verify_social::verify_claim()});
  }
  db::Row row(const std::string& id = "1") { return ledger_row("verify-claim", "completion:" + id); }
  // "verified D click log", "failed: …", or "pending: why".
  std::string told(const std::string& id = "1") {
    const db::Row c = claim_row(id);
    if (c.text("state") == "verified") return "verified " + c.text("grade") + " " + c.text("source");
    return c.text("state") + ": " + test::reason_text(c);
  }
  void follows(const char* body, int status = 200) { http.answer(status, body); }
};

} // namespace

TEST_CASE("a visit is shown by our own log, when it was long enough") {
  struct Row {
    std::optional<Millis> clicked, left;
    const char* told;
  };
  const Row rows[] = {
      {Millis(-30'000), Millis(-20'000), "verified D click log"},
      {Millis(-30'000), Millis(-20'001), "failed: the visit was shorter than 10 s"},
      {Millis(-10'000), {}, "verified D click log"}, // until the claim
      {Millis(-9'999), {}, "failed: the visit was shorter than 10 s"},
      {Millis(5'000), {}, "failed: the visit was shorter than 10 s"},
      {{}, {}, "failed: no visit was logged"},
      {{}, Millis(0), "failed: no visit was logged"},
  };
  const auto at = [](std::optional<Millis> since) { return since ? std::optional<Time>(noon + *since) : std::nullopt; };
  for (const Row& row : rows) {
    CAPTURE(row.told);
    Alone w("meta", "VISIT_PAGE");
    w.claim("1", "asha", "t");
    w.change("UPDATE task_completions SET clicked_at = CAST($c AS BIGINT), left_at = CAST($l AS BIGINT)",
             {{"c", db::value(at(row.clicked))}, {"l", db::value(at(row.left))}});
    w.check_at(5 * one_minute);
    CHECK(w.told() == row.told);
    CHECK(w.http.sent.empty());
  }
  Alone w("meta", "VISIT_PAGE");
  w.change("UPDATE campaigns SET visit_ms = 0");
  w.claim("1", "asha", "t");
  w.change("UPDATE task_completions SET clicked_at = claimed_at");
  w.check_at(5 * one_minute);
  CHECK(w.told() == "verified D click log");
}

TEST_CASE("policies without evidence decide at once, and the verdict says by which") {
  struct Row {
    const char *policy, *action, *told;
  };
  const Row rows[] = {{"honor", "LIKE", "verified E honor"},
                      {"manual", "COMMENT", "manual: the campaign is decided by hand"},
                      {"meta", "LIKE", "unsupported: instagram like: Meta tells nobody who did it"},
                      {"meta", "COMMENT", "manual: the task names no post"}};
  for (const Row& row : rows) {
    CAPTURE(row.policy);
    Alone w(row.policy, row.action);
    w.claim("1", "asha", "t");
    w.check_at(4 * one_minute);
    CHECK(w.told() == "pending: ");
    w.check_at(5 * one_minute);
    CHECK(w.told() == row.told);
    CHECK(w.row().text("state") == "done");
    CHECK(w.number("SELECT count(*) AS n FROM rewards") == (w.state_of("1") == "verified" ? 1 : 0));
  }
  for (const double probability : {0.0, 1.0}) {
    Alone w("statistical", "LIKE");
    w.change("UPDATE campaigns SET probability = $p", {{"p", probability}});
    w.claim("1", "asha", "t");
    w.check_at(5 * one_minute);
    CHECK(w.told() == (probability == 1.0 ? "verified E statistical" : "failed: not drawn (statistical policy)"));
  }
}

TEST_CASE("honor has a cap per contact and local day; the rest waits for the next day") {
  Alone w("honor", "LIKE");
  w.change("UPDATE campaigns SET honor_cap = 2");
  w.change("UPDATE tenants SET timezone = 'Asia/Kolkata' WHERE id = 'asha'");
  w.contact("ana", "asha");
  w.contact("bob", "asha");
  w.change("UPDATE contacts SET timezone = 'Europe/Berlin' WHERE id = 'bob'");
  for (const char* task : {"a", "b", "c"}) {
    w.task(task, "asha", "g", "INSTAGRAM", "LIKE", "");
    w.claim_by("ana", std::string("ana") + task, "asha", task);
    w.claim_by("bob", std::string("bob") + task, "asha", task);
  }
  w.check_at(5 * one_minute);
  for (const char* person : {"ana", "bob"}) {
    CAPTURE(person);
    CHECK(w.number("SELECT count(*) AS n FROM task_completions WHERE contact_id = $c AND state = 'verified'",
                   {{"c", person}}) == 2);
    const db::Row waits = w.rows("SELECT l.* FROM ledger l JOIN task_completions c ON l.key = 'completion:' || c.id "
                                 "WHERE c.contact_id = $c AND c.state = 'pending'",
                                 {{"c", person}})
                              .at(0);
    CHECK(waits.text("reason").starts_with("claim.honor_used_up"));
    // Midnight in Kolkata is 18:30 UTC, in Berlin 23:00.
    CHECK(waits.time("due_at") - noon == (std::string_view(person) == "ana" ? 390 * one_minute : 11 * one_hour));
  }
  w.check_at(390 * one_minute);
  CHECK(w.number("SELECT count(*) AS n FROM task_completions WHERE contact_id = 'ana' AND state = 'verified'") == 3);
  CHECK(w.number("SELECT count(*) AS n FROM task_completions WHERE contact_id = 'bob' AND state = 'verified'") == 2);
}

TEST_CASE("what was claimed outside the campaign's time fails, without a call and without a place in the cap") {
  for (const char* change : {"UPDATE campaigns SET starts_at = $noon + 1", "UPDATE campaigns SET ends_at = $noon"})
    for (const char* policy : {"honor", "meta", "statistical"}) {
      CAPTURE(change);
      CAPTURE(policy);
      Alone w(policy);
      w.change(change, {{"noon", noon}});
      w.claim("1", "asha", "t");
      w.change("UPDATE contacts SET igsid = '77'");
      w.check_at(5 * one_minute);
      CHECK(w.told() == "failed: claimed outside the campaign's time");
      CHECK(w.http.sent.empty());
      CHECK(w.number("SELECT count(*) AS n FROM usage WHERE used > 0") == 0);
    }
  Alone w("meta", "COMMENT"); // a shared look would not ask for the time
  w.change("UPDATE tasks SET object_id = '500'");
  w.change("UPDATE campaigns SET ends_at = $noon", {{"noon", noon}});
  w.claim("1", "asha", "t");
  w.check_at(5 * one_minute);
  CHECK(w.told() == "failed: claimed outside the campaign's time");
}

TEST_CASE("a follower is asked for by her id, once she has one") {
  Alone w;
  w.instagram_of("asha");
  w.claim("1", "asha", "t");
  w.check_at(5 * one_minute);
  CHECK(w.told() == "pending: the person has not written to the account yet");
  CHECK(w.http.sent.empty());
  CHECK(w.row().time("due_at") - noon == 10 * one_minute);
  CHECK(w.row().integer("attempts") == 0);

  w.change("UPDATE contacts SET igsid = '77'");
  w.follows(R"({"id":"77","is_user_follow_business":false})");
  w.check_at(10 * one_minute);
  CHECK(w.told() == "pending: not following yet");
  CHECK(w.http.sent.at(0).url.find("/77?") != std::string::npos);
  CHECK(w.row().time("due_at") - noon == 25 * one_minute);

  w.follows(R"({"id":"77","is_user_follow_business":true})");
  w.check_at(25 * one_minute);
  CHECK(w.told() == "verified A instagram profile");
  CHECK(w.number("SELECT used AS n FROM usage WHERE meter = 'graph_calls'") == 2);
}

TEST_CASE("at its deadline a follower expires when Meta says no, and goes to a person when it does not say") {
  struct Row {
    const char* body;
    int status;
    const char *why, *verdict;
  };
  const Row rows[] = {
      {R"({"id":"77","is_user_follow_business":false})", 200, "not following yet",
       "expired: not found by its deadline"},
      {R"({"id":"77"})", 200, "meta: does not say whether the person follows",
       "manual: not decided by its deadline: meta: does not say whether the person follows"},
      {R"({"error":{"code":230,"message":"User consent is required"}})", 400,
       "the person has not written to the account yet",
       "manual: not decided by its deadline: the person has not written to the account yet"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.why);
    Alone w;
    w.instagram_of("asha");
    w.claim("1", "asha", "t");
    w.change("UPDATE contacts SET igsid = '77'");
    w.follows(row.body, row.status);
    w.check_at(5 * one_minute);
    CHECK(w.told() == std::string("pending: ") + row.why);
    w.follows(row.body, row.status);
    w.check_at(7 * one_day);
    CHECK(w.told() == row.verdict);
    CHECK(w.row().text("state") == "done");
  }
}

TEST_CASE("a refused token leaves the claim pending with its reason; what will never work goes to a person") {
  Alone w;
  w.instagram_of("asha");
  w.claim("1", "asha", "t");
  w.change("UPDATE contacts SET igsid = '77'");
  w.follows(R"({"error":{"code":190,"message":"expired"}})", 400);
  w.check_at(5 * one_minute);
  CHECK(w.told().starts_with("pending: meta: token"));
  CHECK(w.row().text("state") == "due");

  Alone never;
  never.instagram_of("asha");
  never.claim("1", "asha", "t");
  never.change("UPDATE contacts SET igsid = '77'");
  never.follows(R"({"error":{"code":100,"error_subcode":33,"message":"no such object"}})", 400);
  never.check_at(5 * one_minute);
  CHECK(never.told() == "manual: meta: object not found or not visible");
  CHECK(never.row().text("state") == "discarded");

  Alone without;
  without.claim("1", "asha", "t");
  without.change("UPDATE contacts SET igsid = '77'");
  without.check_at(5 * one_minute);
  CHECK(without.told() == "pending: no credential: instagram");
}

TEST_CASE("the platform's token asks for a follower only where the campaign says so") {
  for (const char* policy : {"meta", "platform"}) {
    CAPTURE(policy);
    Alone w(policy);
    w.credential("platform", "operator", "platform", "instagram", "https://graph.instagram.com");
    w.change("INSERT INTO platform_grants (tenant_id, service) VALUES ('asha', 'instagram')");
    w.claim("1", "asha", "t");
    w.change("UPDATE contacts SET igsid = '77'");
    w.follows(R"({"id":"77","is_user_follow_business":true})");
    w.check_at(5 * one_minute);
    CHECK(w.told() == (std::string_view(policy) == "platform"
                           ? "verified A instagram profile"
                           : "pending: the campaign's policy does not allow the platform's token"));
  }
}

TEST_CASE("the gate: decided claims end, and what rests waits an hour") {
  struct Row {
    const char *change, *state, *reason, *told;
  };
  const Row rows[] = {
      {"UPDATE campaigns SET status = 'paused'", "due", "claim.campaign_at_rest",
       "pending: the campaign is not running or the task is off"},
      {"UPDATE campaigns SET status = 'draft'", "due", "claim.campaign_at_rest",
       "pending: the campaign is not running or the task is off"},
      {"UPDATE tasks SET active = 0", "due", "claim.campaign_at_rest",
       "pending: the campaign is not running or the task is off"},
      {"UPDATE tenants SET active = 0 WHERE id = 'asha'", "due", "tenant.inactive",
       "pending: the tenant is not active"},
      {"UPDATE task_completions SET state = 'failed', reason = 'claim.rejected', decided_at = 1", "cancelled",
       "claim.decided", "failed: rejected by an operator"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.change);
    Alone w("honor");
    w.claim("1", "asha", "t");
    w.change(row.change);
    w.check_at(5 * one_minute);
    CHECK(w.row().text("state") == row.state);
    CHECK(w.row().text("reason") == std::string(row.reason));
    CHECK(w.number("SELECT count(*) AS n FROM rewards") == 0);
    CHECK(w.told() == std::string(row.told));
    if (std::string_view(row.state) == "cancelled") continue;
    CHECK(w.row().time("due_at") - noon == 5 * one_minute + one_hour);
    w.change("UPDATE campaigns SET status = 'running'");
    w.change("UPDATE tasks SET active = 1");
    w.change("UPDATE tenants SET active = 1");
    w.check_at(5 * one_minute + one_hour);
    CHECK(w.told() == "verified E honor");
  }
}

TEST_CASE("a claim of an ended campaign expires at once, unless it was made before the campaign's known end") {
  for (const char* policy : {"honor", "meta"}) {
    CAPTURE(policy);
    Alone w(policy);
    w.claim("1", "asha", "t");
    w.change("UPDATE contacts SET igsid = '77'");
    w.change("UPDATE campaigns SET status = 'ended'");
    w.check_at(5 * one_minute);
    CHECK(w.told() == "expired: the campaign has ended");
    CHECK(w.http.sent.empty());
    CHECK(w.number("SELECT count(*) AS n FROM usage WHERE used > 0") == 0);
  }
  Alone in_time("honor");
  in_time.claim("1", "asha", "t");
  in_time.change("UPDATE campaigns SET status = 'ended', ends_at = $end", {{"end", noon + one_minute}});
  in_time.check_at(5 * one_minute);
  CHECK(in_time.told() == "verified E honor");
}

TEST_CASE("a policy changed after the claim came in alone sends it to a person") {
  Alone w("honor", "COMMENT");
  w.change("UPDATE tasks SET object_id = '500'");
  w.claim("1", "asha", "t");
  w.check_at(one_minute); // discovered
  w.change("UPDATE campaigns SET policy = 'meta'");
  w.check_at(5 * one_minute);
  CHECK(w.told() == "manual: the campaign's policy was changed after the claim");
}
