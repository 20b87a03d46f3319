// One look, many claims: what it shows of each, and what it leaves open.
#include "jobs/verify_social/look.hpp"

#include "support/social_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::verify_social;
using test::noon;
using test::one_day;
using test::row_of;

namespace {

db::Row watch_row(const char* method, const char* service = "instagram", std::optional<std::int64_t> last_count = {}) {
  return row_of({{"method", method},
                 {"service", service},
                 {"object_id", "500"},
                 {"metric", "followers"},
                 {"since", noon},
                 {"last_count", db::value(last_count)},
                 {"counted_at", last_count ? db::Value(to_ms(noon)) : db::Value()}});
}

struct Person {
  const char *handle = "", *code = "", *igsid = "", *task = "t1";
  std::optional<Time> clicked_at = {};
  Time deadline = noon + 7 * one_day;
};

db::Row claim_of(const Person& p) {
  return row_of({{"task_id", p.task},
                 {"handle", p.handle},
                 {"code", p.code},
                 {"igsid", p.igsid},
                 {"claimed_at", noon},
                 {"clicked_at", db::value(p.clicked_at)},
                 {"deadline_at", p.deadline}});
}

// "verified A …", "expired …" or "? why not decided".
std::string told(const Judgement& j) {
  if (!j.decided) return "? " + j.why_not.text();
  const Decided& d = *j.decided;
  if (d.state == "verified") return "verified " + std::string(1, d.grade) + " by " + d.source + " " + d.evidence;
  return d.state + ": " + d.reason.text();
}

bool nothing_used(const std::string&, const std::string&) { return true; }

Seen comments_seen(std::vector<meta::Comment> items, std::string_view inconclusive = "") {
  return {.at = noon + one_day, .comments = {.items = std::move(items), .inconclusive = Reason::stored(inconclusive)}};
}

meta::Comment said(const char* id, const char* name, const char* text = "nice", Time at = noon) {
  return {.id = id, .text = text, .username = name, .author_name = name, .at = at};
}

} // namespace

TEST_CASE("one look at the comments answers all claims, each comment one of them") {
  const db::Row watch = watch_row("comments");
  const Seen seen = comments_seen({said("500_1", "ana", "AB1"), said("2", "bob"), said("3", "eve", "CD2 and EF3")});
  Judge judge(watch, seen, nothing_used);
  CHECK(told(judge.of(claim_of({.handle = "ana", .code = "AB1"}))) == "verified A by instagram comments 1");
  CHECK(told(judge.of(claim_of({.handle = "bob"}))) == "verified B by instagram comments 2");
  CHECK(told(judge.of(claim_of({.code = "CD2"}))) == "verified B by instagram comments 3");
  CHECK(told(judge.of(claim_of({.code = "EF3"}))) == "? not found yet"); // comment 3 is taken
  CHECK(told(judge.of(claim_of({.code = "EF3", .task = "t2"}))) == "verified B by instagram comments 3");
  CHECK(told(judge.of(claim_of({.handle = "zoe"}))) == "? not found yet");
  CHECK(judge.new_count() == std::nullopt);
}

TEST_CASE("a comment that a stored claim was shown by is not taken again") {
  const db::Row watch = watch_row("comments");
  const Seen seen = comments_seen({said("500_1", "ana")});
  Judge judge(watch, seen, [](const std::string& task, const std::string& id) { return task != "t1" || id != "1"; });
  CHECK(told(judge.of(claim_of({.handle = "ana"}))) == "? not found yet");
  CHECK(told(judge.of(claim_of({.handle = "ana", .task = "t2"}))) == "verified B by instagram comments 1");
}

TEST_CASE("a comment counts from the click, or else from the claim") {
  const db::Row watch = watch_row("comments");
  const Seen seen = comments_seen({said("1", "ana", "x", noon - Millis(600'000))});
  CHECK(told(Judge(watch, seen, nothing_used).of(claim_of({.handle = "ana"}))) == "? not found yet");
  CHECK(told(Judge(watch, seen, nothing_used).of(claim_of({.handle = "ana", .clicked_at = noon - Millis(900'000)}))) ==
        "verified B by instagram comments 1");
}

TEST_CASE("what a look did not show waits, expires or goes to a person") {
  struct Row {
    const char* inconclusive;
    Time deadline;
    const char* told;
  };
  const Time seen_at = noon + one_day;
  const Row rows[] = {
      {"", seen_at + Millis(1), "? not found yet"},
      {"", seen_at, "expired: not found by its deadline"},
      {"", noon, "expired: not found by its deadline"},
      {"meta.empty_answer", seen_at + Millis(1), "? meta: empty answer"},
      {"meta.empty_answer", seen_at, "manual: not decided by its deadline: meta: empty answer"},
  };
  for (const Row& row : rows) {
    INFO(row.inconclusive, " ", to_ms(row.deadline) - to_ms(seen_at));
    const Seen comments = comments_seen({said("1", "bob")}, row.inconclusive);
    const db::Row claim = claim_of({.handle = "ana", .igsid = "88", .deadline = row.deadline});
    const db::Row by_comments = watch_row("comments"), by_list = watch_row("followers");
    CHECK(told(Judge(by_comments, comments, nothing_used).of(claim)) == row.told);
    const Seen followers{
        .at = seen_at, .followers = {.ids = {"7"}, .names = {"bob"}, .inconclusive = Reason::stored(row.inconclusive)}};
    CHECK(told(Judge(by_list, followers, nothing_used).of(claim)) == row.told);
    // A call that failed proves as little as an answer that does not say.
    if (*row.inconclusive == '\0') continue;
    const Seen failed{.at = seen_at, .failure = Reason::stored(row.inconclusive)};
    for (const char* method : {"comments", "followers", "counters"}) {
      const db::Row watch = watch_row(method, "instagram", 1);
      CHECK(told(Judge(watch, failed, nothing_used).of(claim)) == row.told);
    }
  }
  // What is found is found, however little the rest of the answer says, and however late.
  const db::Row watch = watch_row("comments");
  const Seen late = comments_seen({said("1", "ana")}, "meta.list_cut_off");
  CHECK(told(Judge(watch, late, nothing_used).of(claim_of({.handle = "ana", .deadline = noon}))) ==
        "verified B by instagram comments 1");
  CHECK(told(Judge(watch, late, nothing_used).of(claim_of({}))) ==
        "manual: the claim has neither handle nor code to look for");
}

TEST_CASE("names on Facebook show little, and a comment there says so") {
  const db::Row watch = watch_row("comments", "facebook");
  const Seen seen = comments_seen({said("500_1", "Ana B")});
  CHECK(told(Judge(watch, seen, nothing_used).of(claim_of({.handle = "ana b"}))) ==
        "verified C by facebook comments 1");
}

TEST_CASE("a follower list knows people by id or by name") {
  const db::Row watch = watch_row("followers", "facebook");
  const Seen seen{.at = noon, .followers = {.ids = {"7", "8"}, .names = {"Ana B", ""}}};
  Judge judge(watch, seen, nothing_used);
  CHECK(told(judge.of(claim_of({.handle = "@ana b"}))) == "verified C by facebook follower list ");
  CHECK(told(judge.of(claim_of({.igsid = "8"}))) == "verified C by facebook follower list ");
  CHECK(told(judge.of(claim_of({.handle = "bob", .igsid = "9"}))) == "? not found yet");
  CHECK(told(judge.of(claim_of({}))) == "manual: the claim has neither handle nor Instagram id to look for");
  const Seen failed{.at = noon, .failure = "meta.service_error"}; // no later look would find her either
  CHECK(told(Judge(watch, failed, nothing_used).of(claim_of({.handle = "@"}))) ==
        "manual: the claim has neither handle nor Instagram id to look for");
  const Seen none{.at = noon, .unsupported = true, .failure = "meta.followers_unavailable"};
  CHECK(told(Judge(watch, none, nothing_used).of(claim_of({.handle = "ana"}))) ==
        "unsupported: Meta does not list followers of this account");
}

TEST_CASE("a counter gives away what it grew by, first come first served, and never more") {
  struct Row {
    std::optional<std::int64_t> before, now;
    int verified; // of four claims
    const char* others;
  };
  const Row rows[] = {
      {{}, 100, 0, "? first count: there is nothing to compare with yet"},
      {100, 100, 0, "? not found yet"},
      {100, 103, 3, "? not found yet"},
      {100, 109, 4, ""},
      {100, 90, 0, "? not found yet"}, // people left
      {0, 1, 1, "? not found yet"},
      {100, {}, 0, "? meta: the counter is not shown"},
  };
  for (const Row& row : rows) {
    INFO(row.before.value_or(-1), " to ", row.now.value_or(-1));
    const db::Row watch = watch_row("counters", "instagram", row.before);
    const Seen seen{.at = noon, .count = row.now};
    Judge judge(watch, seen, nothing_used);
    for (int i = 0; i < 4; ++i)
      CHECK(told(judge.of(claim_of({}))) ==
            (i < row.verified ? "verified C by instagram counter: followers " : row.others));
    CHECK(judge.new_count() == row.now);
  }
  const db::Row watch = watch_row("counters", "instagram", 5);
  const Seen late{.at = noon + one_day, .count = 5}, hidden{.at = noon + one_day};
  CHECK(told(Judge(watch, late, nothing_used).of(claim_of({.deadline = noon}))) ==
        "expired: not found by its deadline");
  CHECK(told(Judge(watch, hidden, nothing_used).of(claim_of({.deadline = noon}))) ==
        "manual: not decided by its deadline: meta: the counter is not shown");
}

TEST_CASE("a look asks once for what its method needs, and keeps what came") {
  test::SocialWorld w;
  Credential c;
  c.service = "instagram";
  c.base_url = "https://graph.instagram.com";
  c.host = "graph.instagram.com";
  c.account = "17841";
  c.secret = Secret("token-0123456789");
  c.settings = "{}";
  const Outside outside{w.http, w.clock, w.settings};
  const auto seen = [&](const db::Row& watch) { return *payload_of<Seen>(look(watch, c, outside)); };

  w.http.answer(200, test::page_of({test::instagram_comment("1", "ana", "AB1", 1)}));
  CHECK(seen(watch_row("comments")).comments.items.at(0).username == "ana");
  CHECK(w.http.sent.at(0).url.find("/500/comments?") != std::string::npos);

  w.http.answer(200, R"({"like_count":4,"comments_count":1})");
  CHECK(seen(watch_row("counters")).count == std::nullopt); // a post has no followers
  w.http.answer(200, R"({"followers_count":41})");
  const db::Row account = row_of({{"method", "counters"}, {"object_id", ""}, {"metric", "followers"}});
  CHECK(seen(account).count == 41);
  CHECK(w.http.sent.at(2).url.find("/17841?") != std::string::npos);

  w.http.answer(400, R"({"error":{"code":100,"message":"nonexisting field"}})");
  const Seen list = seen(watch_row("followers"));
  CHECK(list.unsupported);
  CHECK(list.calls == 1);
  w.http.answer(400, R"({"error":{"code":100,"error_subcode":33,"message":"no such object"}})");
  const Result gone = look(watch_row("comments"), c, outside);
  REQUIRE_FALSE(gone.outcome);
  CHECK(payload_of<Seen>(gone)->failure == gone.outcome.error().reason);
  CHECK_FALSE(payload_of<Seen>(gone)->unsupported);
  CHECK(gone.spent.at(0).meter == "graph_calls");
  CHECK(gone.spent.at(0).amount == 1);
}
