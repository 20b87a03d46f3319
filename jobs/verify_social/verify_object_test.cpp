// verify-object: one look at an object decides its claims, and goes on for those it could not decide.
#include "jobs/verify_social/stages.hpp"

#include "support/social_world.hpp"

#include <algorithm>
#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using test::instagram_comment;
using test::noon;
using test::one_day;
using test::one_hour;
using test::one_minute;
using test::page_of;
using test::SocialWorld;

namespace {

struct Watched : SocialWorld {
  Watched() {
    tenant("asha");
    instagram_of("asha");
    campaign("g", "asha");
    task("t", "asha", "g");
  }
  void claims(int n) {
    for (int i = 0; i < n; ++i) claim(std::to_string(i), "asha", "t");
  }
  RunReport look_at(Millis since_noon) { return run_at(since_noon, {verify_social::verify_object()}); }
  void comments(const std::vector<std::string>& names) {
    std::vector<std::string> all;
    for (const std::string& name : names) all.push_back(instagram_comment("9" + name.substr(1), name, "nice", 1));
    http.answer(200, page_of(all));
  }
  std::string watch() { return rows("SELECT id FROM watches").at(0).text("id"); }
  db::Row row(int n) { return ledger_row("verify-object", "watch:" + watch() + ":" + std::to_string(n)); }
  std::int64_t open_rows() {
    return number("SELECT count(*) AS n FROM ledger WHERE stage = 'verify-object' AND state = 'due'");
  }
  std::int64_t all_rows() { return number("SELECT count(*) AS n FROM ledger WHERE stage = 'verify-object'"); }
};

} // namespace

TEST_CASE("fifty claims are answered by one call, rewarded and told once each") {
  Watched w;
  w.claims(50);
  std::vector<std::string> all;
  for (int i = 0; i < 45; ++i)
    all.push_back(instagram_comment(std::to_string(100 + i), "C" + std::to_string(i), "x", 1));
  w.http.answer(200, page_of(all));
  const RunReport report = w.look_at(5 * one_minute);
  const auto pending = std::ranges::find(report.counts, "pending", &RunCount::outcome);
  REQUIRE(pending != report.counts.end()); // those that wait are told, with the reason
  CHECK(pending->items == 5);
  CHECK(pending->reason.is("claim.not_found_yet"));
  CHECK(w.http.sent.size() == 1);
  CHECK(w.number("SELECT count(*) AS n FROM task_completions WHERE state = 'verified' AND grade = 'B'") == 45);
  CHECK(w.number("SELECT count(*) AS n FROM rewards") == 45);
  CHECK(w.number("SELECT count(*) AS n FROM messages WHERE state = 'queued'") == 45);
  CHECK(w.number("SELECT used AS n FROM usage WHERE meter = 'graph_calls'") == 1);
  CHECK(w.why("49") == "not found yet");
  CHECK(w.claim_row("49").time("look_at") == noon + 10 * one_minute);
}

TEST_CASE("claims that are left have exactly one next row, at their next look, up to the deadline") {
  Watched w;
  w.claims(3);
  const std::vector<Millis> looks{5 * one_minute, 10 * one_minute, 25 * one_minute, 85 * one_minute, 445 * one_minute};
  for (std::size_t i = 0; i < looks.size(); ++i) {
    CAPTURE(i);
    w.comments({"somebody"});
    w.look_at(looks.at(i));
    CHECK(w.http.sent.size() == i + 1);
    CHECK(w.row(static_cast<int>(i)).text("state") == "done");
    CHECK(w.open_rows() == 1);
    const Millis next = i + 1 < looks.size() ? looks.at(i + 1) : looks.at(i) + one_day;
    CHECK(w.row(static_cast<int>(i) + 1).time("due_at") - noon == next);
  }
  // One is found meanwhile; the others expire at their deadline, and then nobody looks any more.
  w.comments({"c1"});
  w.look_at(2 * one_day);
  CHECK(w.state_of("1") == "verified");
  CHECK(w.state_of("0") == "pending");
  w.comments({"c1"});
  w.look_at(7 * one_day);
  CHECK(w.state_of("0") == "expired");
  CHECK(w.state_of("2") == "expired");
  CHECK(w.open_rows() == 0);
}

TEST_CASE("a claim that comes during the look is found by the next one") {
  Watched w;
  w.claims(1);
  w.http.otherwise = [&](const http::Request&) {
    w.claim("new", "asha", "t", 5 * one_minute);
    w.clock.advance(Millis(1'000));
    return http::Response{
        .status = 200, .body = page_of({instagram_comment("1", "c0", "x", 1), instagram_comment("2", "cnew", "x", 4)})};
  };
  w.look_at(5 * one_minute);
  CHECK(w.state_of("0") == "verified");
  CHECK(w.state_of("new") == "pending");
  w.http.otherwise = nullptr;
  w.http.answer(200, page_of({instagram_comment("2", "cnew", "x", 4)}));
  w.look_at(10 * one_minute);
  CHECK(w.state_of("new") == "verified");
  CHECK(w.http.sent.size() == 2);
}

TEST_CASE("who waits for a later look is judged with those whose turn it is, and keeps that turn") {
  Watched w;
  w.claims(2);
  w.comments({"somebody"});
  w.look_at(5 * one_minute);
  w.change("UPDATE task_completions SET look_at = $at WHERE id IN ('0', '1')", {{"at", noon + one_day}});
  w.claim("new", "asha", "t", 5 * one_minute);
  w.comments({"c0"});
  w.look_at(10 * one_minute);
  CHECK(w.state_of("0") == "verified");
  CHECK(w.state_of("1") == "pending");
  CHECK(w.claim_row("1").integer("looks") == 1);
  CHECK(w.claim_row("1").time("look_at") == noon + one_day);
  CHECK(w.claim_row("new").integer("looks") == 1);
}

TEST_CASE("a counter's growth goes to the oldest claims, whoever's turn it is") {
  Watched w;
  w.change("UPDATE campaigns SET policy = 'counters'");
  w.change("UPDATE tasks SET action = 'FOLLOW'");
  w.claims(2);
  w.http.answer(200, R"({"followers_count":100})");
  w.look_at(5 * one_minute);
  CHECK(w.why("0") == "first count: there is nothing to compare with yet");
  CHECK(w.rows("SELECT * FROM watches").at(0).integer("last_count") == 100);
  w.change("UPDATE task_completions SET look_at = $at", {{"at", noon + one_day}});
  w.claim("new", "asha", "t", 5 * one_minute);
  w.http.answer(200, R"({"followers_count":102})");
  w.look_at(10 * one_minute);
  CHECK(w.state_of("0") == "verified");
  CHECK(w.state_of("1") == "verified");
  CHECK(w.state_of("new") == "pending");
  CHECK(w.claim_row("0").text("grade") == "C");
  CHECK(w.rows("SELECT * FROM watches").at(0).integer("last_count") == 102);
}

TEST_CASE("what a counter grew by while nobody waited verifies nobody") {
  Watched w;
  w.change("UPDATE campaigns SET policy = 'counters'");
  w.change("UPDATE tasks SET action = 'FOLLOW'");
  w.claims(1);
  w.http.answer(200, R"({"followers_count":100})");
  w.look_at(5 * one_minute);
  w.change("UPDATE task_completions SET state = 'failed', reason = 'claim.rejected', decided_at = 1");
  w.claim("new", "asha", "t", 30 * one_day);
  w.http.answer(200, R"({"followers_count":150})");
  w.look_at(30 * one_day + 5 * one_minute);
  CHECK(w.state_of("new") == "pending");
  CHECK(w.why("new") == "first count: there is nothing to compare with yet");
  w.http.answer(200, R"({"followers_count":151})");
  w.look_at(30 * one_day + 10 * one_minute);
  CHECK(w.state_of("new") == "verified");
}

TEST_CASE("a look that nobody waits for any more is cancelled, and a later claim has one again") {
  Watched w;
  w.claims(1);
  w.run({verify_social::verify_object()}); // discovered
  w.change("UPDATE task_completions SET state = 'failed', reason = 'claim.rejected', decided_at = 1");
  w.look_at(5 * one_minute);
  CHECK(w.row(0).text("state") == "cancelled");
  CHECK(w.all_rows() == 1);
  CHECK(w.http.sent.empty());
  w.claim("new", "asha", "t", one_minute);
  w.comments({"cnew"});
  w.look_at(10 * one_minute);
  CHECK(w.http.sent.size() == 1);
  CHECK(w.row(1).text("state") == "done");
  CHECK(w.state_of("new") == "verified");
}

TEST_CASE("a look given up goes on in six hours; what passed its deadline meanwhile goes to a person") {
  Watched w;
  w.claims(1);
  const auto deleted = [&] {
    w.http.answer(400, R"({"error":{"code":100,"error_subcode":33,"message":"no such object"}})");
  };
  deleted();
  w.look_at(5 * one_minute);
  CHECK(w.row(0).text("state") == "discarded");
  CHECK(w.state_of("0") == "pending");
  CHECK(w.row(0).text("reason") == "meta.not_visible");
  CHECK(w.why("0") == "meta: object not found or not visible");
  CHECK(w.row(1).time("due_at") - noon == 5 * one_minute + 6 * one_hour);
  CHECK(w.open_rows() == 1);
  deleted();
  w.look_at(7 * one_day);
  CHECK(w.state_of("0") == "manual");
  CHECK(w.why("0") == "not decided by its deadline: meta: object not found or not visible");
  CHECK(w.open_rows() == 0);
}

TEST_CASE("a follower list that Meta has for nobody ends its claims as unsupported") {
  Watched w;
  w.change("UPDATE campaigns SET policy = 'followers'");
  w.change("UPDATE tasks SET action = 'FOLLOW'");
  w.claims(2);
  w.http.answer(400, R"({"error":{"code":100,"message":"nonexisting field"}})");
  w.look_at(5 * one_minute);
  CHECK(w.state_of("0") == "unsupported");
  CHECK(w.state_of("1") == "unsupported");
  CHECK(w.open_rows() == 0);
}

TEST_CASE("a refused token parks its credential, a limit its scope; the claims stay pending and say why") {
  Watched w;
  w.claims(1);
  w.http.answer(400, R"({"error":{"code":190,"message":"expired"}})");
  w.look_at(5 * one_minute);
  CHECK(w.state_of("0") == "pending");
  CHECK(w.row(0).text("state") == "due");
  CHECK(w.row(0).text("reason") == "meta.token_refused");
  CHECK(w.why("0") == Reason::stored(w.row(0).text("reason"), w.row(0).text("args")).text());
  CHECK(w.why("0").starts_with("meta: token"));
  CHECK(w.number("SELECT count(*) AS n FROM parks WHERE scope = 'credential'") == 1);
  w.look_at(6 * one_minute);
  CHECK(w.http.sent.size() == 1);

  Watched limited;
  limited.claims(1);
  limited.http.answer(400, R"({"error":{"code":4,"message":"too many calls"}})");
  limited.look_at(5 * one_minute);
  CHECK(limited.state_of("0") == "pending");
  CHECK(limited.row(0).integer("attempts") == 0);
  CHECK(limited.row(0).text("reason") == "meta.app_limit");
  CHECK(limited.why("0") == "meta: app limit reached");
  CHECK(limited.number("SELECT count(*) AS n FROM parks WHERE scope = 'app'") == 1);
}

TEST_CASE("nothing is looked at while campaign, task or tenant rests, nor before the claims' next look") {
  struct Row {
    const char *change, *reason;
    Millis until;
  };
  const Row rows[] = {
      {"UPDATE campaigns SET status = 'paused'", "claim.campaign_at_rest", one_hour},
      {"UPDATE campaigns SET status = 'draft'", "claim.campaign_at_rest", one_hour},
      {"UPDATE tasks SET active = 0", "claim.campaign_at_rest", one_hour},
      {"UPDATE tenants SET active = 0 WHERE id = 'asha'", "tenant.inactive", one_hour},
      {"UPDATE task_completions SET look_at = verify_after + 600000", "claim.next_look", 10 * one_minute},
  };
  for (const Row& row : rows) {
    CAPTURE(row.change);
    Watched w;
    w.claims(1);
    w.run({verify_social::verify_object()}); // discovered
    w.change(row.change);
    w.look_at(5 * one_minute);
    CHECK(w.http.sent.empty());
    CHECK(w.row(0).text("state") == "due");
    CHECK(w.row(0).text("reason") == std::string(row.reason));
    CHECK(w.row(0).time("due_at") - noon == 5 * one_minute + row.until);
    CHECK(w.row(0).integer("attempts") == 0);
    CHECK(w.state_of("0") == "pending");
  }
}

TEST_CASE(
    "an ended campaign ends its claims without a look, but those made before its known end are looked for still") {
  Watched unknown;
  unknown.claims(2);
  unknown.run({verify_social::verify_object()}); // discovered
  unknown.change("UPDATE campaigns SET status = 'ended'");
  unknown.look_at(5 * one_minute);
  CHECK(unknown.http.sent.empty());
  CHECK(unknown.state_of("0") == "expired");
  CHECK(unknown.why("1") == "the campaign has ended");
  CHECK(unknown.open_rows() == 0);

  Watched known;
  known.claims(2);
  known.claim("late", "asha", "t", 2 * one_minute);
  known.run_at(3 * one_minute, {verify_social::verify_object()});
  known.change("UPDATE campaigns SET status = 'ended', ends_at = $end", {{"end", noon + one_minute}});
  known.comments({"c0"});
  known.look_at(7 * one_minute);
  CHECK(known.state_of("0") == "verified");
  CHECK(known.state_of("1") == "pending");
  CHECK(known.why("late") == "claimed outside the campaign's time");
  known.comments({"c0"});
  known.look_at(7 * one_day);
  CHECK(known.state_of("1") == "expired");
  CHECK(known.open_rows() == 0);
}

TEST_CASE("a token that a portal's tenants share serves no campaign that does not say so") {
  SocialWorld w;
  w.tenant("asha");
  w.campaign("g", "asha");
  w.task("t", "asha", "g");
  w.claim("0", "asha", "t");
  w.change("INSERT INTO portals (id, slug, base_url) VALUES ('p', 'p', 'https://portal.example')");
  w.change("UPDATE tenants SET portal_id = 'p', portal_ref = '1' WHERE id = 'asha'");
  w.credential("portal", "operator", "p", "instagram", "https://graph.instagram.com");
  w.run_at(5 * one_minute, {verify_social::verify_object()});
  CHECK(w.http.sent.empty());
  CHECK(w.why("0") == "the campaign's policy does not allow the platform's token");
}

TEST_CASE("a claim of a paused campaign is not judged by a look for another campaign of the tenant") {
  Watched w;
  w.campaign("h", "asha");
  w.task("u", "asha", "h");
  w.claims(1);
  w.claim("paused", "asha", "u");
  w.change("UPDATE campaigns SET status = 'paused' WHERE id = 'h'");
  w.comments({"c0", "cpaused"});
  w.look_at(5 * one_minute);
  CHECK(w.state_of("0") == "verified");
  CHECK(w.state_of("paused") == "pending");
  CHECK(w.open_rows() == 1);
  w.change("UPDATE campaigns SET status = 'running'");
  w.http.answer(200, page_of({instagram_comment("2", "cpaused", "x", 1)}));
  w.look_at(2 * one_hour);
  CHECK(w.state_of("paused") == "verified");
}

TEST_CASE("the platform's token serves only a campaign that says so") {
  for (const char* policy : {"meta", "platform"}) {
    CAPTURE(policy);
    SocialWorld w;
    w.tenant("asha");
    w.campaign("g", "asha", policy);
    w.task("t", "asha", "g");
    w.claim("0", "asha", "t");
    w.credential("platform", "operator", "platform", "instagram", "https://graph.instagram.com");
    w.change("INSERT INTO platform_grants (tenant_id, service) VALUES ('asha', 'instagram')");
    w.http.answer(200, page_of({instagram_comment("1", "c0", "x", 1)}));
    w.run_at(5 * one_minute, {verify_social::verify_object()});
    const bool allowed = std::string_view(policy) == "platform";
    CHECK(w.http.sent.size() == (allowed ? 1 : 0));
    CHECK(w.state_of("0") == (allowed ? "verified" : "pending"));
    CHECK(w.why("0") == std::string(allowed ? "" : "the campaign's policy does not allow the platform's token"));
  }
}
