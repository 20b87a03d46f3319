// What the portal hears, when, and how often.
#include "support/publish_world.hpp"

#include <ostream>

#include <doctest/doctest.h>

using namespace milkrun;
using namespace milkrun::publish_feeds;
using test::one_day;
using test::one_hour;

TEST_CASE(
    "a wrong password is told once a slot, with tries, status and what the site said; then the post is told as ever") {
  PublishWorld world;
  world.site.password = "an other one";
  world.run_for(6 * one_hour);
  auto failed = world.told("failed");
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]["error_message"] == "wordpress: wrong user or application password: HTTP 401 rest_not_logged_in: no");
  CHECK(failed[0]["last_http_status"] == 401);
  CHECK(failed[0]["attempts"] == 1);
  CHECK(failed[0]["posts_created"] == 0);
  CHECK(failed[0]["rss_item_url"] == "https://news.example/n-1");
  CHECK(failed[0]["retry_backoff_ms"].get<std::int64_t>() == 3'600'000);
  world.run_for(one_day);
  failed = world.told("failed");
  REQUIRE(failed.size() == 2);
  CHECK(failed[1]["attempts"].get<int>() > 1);
  CHECK(failed[1]["execution_id"] != failed[0]["execution_id"]);
  world.asha["wp_app_password"] = "an other one";
  world.run_for(one_hour);
  CHECK(world.told("failed").size() == 2);
  REQUIRE(world.told("success").size() == 1);
  CHECK(world.told("success")[0]["attempts"].get<int>() > 1);
  CHECK(world.told("success")[0]["last_http_status"] == 201);
  CHECK(world.told("success")[0]["wp_post_id"] == 100);
}

TEST_CASE("a callback holds code, arguments and what was answered; the portal gets the words that they make") {
  PublishWorld world;
  world.site.password = "an other one";
  world.callback_status = 500;
  world.run_for(2 * one_hour);
  const auto stored = world.rows("SELECT reason, args, detail FROM callbacks");
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].text("reason") == "wordpress.password_refused");
  CHECK(stored[0].text("args") == "[]");
  CHECK(stored[0].text("detail") == "HTTP 401 rest_not_logged_in: no");
  world.change("UPDATE callbacks SET reason = 'quota.used_up', args = '[\"posts\",\"2026-11\"]', detail = $long",
               {{"long", std::string(500, 'x')}});
  world.callback_status = 200;
  world.run_for(2 * one_hour);
  REQUIRE_FALSE(world.told("failed").empty());
  const std::string said = world.told("failed").back()["error_message"];
  CHECK(said.starts_with("quota used up: posts 2026-11: xxx"));
  CHECK(said.size() <= 400);
}

TEST_CASE("a role that may not publish is told as one, and no more than once for several posts of the slot") {
  PublishWorld world;
  world.change("UPDATE portals SET max_items = 3");
  world.items = {{.id = "1", .title = "A"}, {.id = "2", .title = "B"}, {.id = "3", .title = "C"}};
  world.site.powers = {"edit_posts"};
  world.run_for(3 * one_hour);
  const auto failed = world.told("failed");
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]["error_message"] == "wordpress: role may not publish");
  world.site.powers.emplace_back("publish_posts");
  world.run_for(2 * one_hour);
  CHECK(world.told("success").size() == 3);
}

TEST_CASE("a feed that is gone is told in each slot, and one that could not be read in its slot when that is over") {
  PublishWorld world;
  SUBCASE("gone") {
    world.elsewhere["https://news.example/feed"] = {.status = 410, .url = "https://news.example/feed"};
    world.run_for(one_day);
    const auto failed = world.told("failed");
    REQUIRE(failed.size() == 2);
    CHECK(failed[0]["error_message"] == "the feed is gone (410)");
    CHECK(failed[0]["last_http_status"] == 410);
    CHECK(failed[0]["rss_item_url"] == "https://news.example/feed");
  }
  SUBCASE("not to be read") {
    world.elsewhere["https://news.example/feed"] = {.status = 404, .url = "https://news.example/feed"};
    world.run_for(one_day);
    const auto failed = world.told("failed");
    REQUIRE(failed.size() == 1);
    CHECK(failed[0]["error_message"].get<std::string>().find("feed: not found (404)") != std::string::npos);
  }
  CHECK(world.told("success").empty());
}

TEST_CASE("what a feed's last try met is a code, also what an operator should know of one that was read") {
  PublishWorld world;
  const std::string url = "https://news.example/feed";
  std::string many;
  for (int i = 0; i < 1'003; ++i)
    many += "<item><guid>" + std::to_string(i) + "</guid><title>T</title><pubDate>" +
            zone::utc(test::noon - Millis(60'000 * i)) + "</pubDate></item>";
  const std::string head = R"(<rss version="2.0"><channel><title>News</title>)";
  struct Row {
    int status;
    std::string body;
    const char *code, *args, *text;
  };
  const Row rows[] = {
      {403, "", "feed.access_refused", R"(["403"])", "feed: access refused (403)"},
      {200, head + many + "</channel></rss>", "feed.older_beyond", R"(["3"])",
       "3 older items are beyond the 1,000 that are read"},
      {200, head + many, "feed.malformed_and", R"(["feed.older_beyond","3"])",
       "broken markup; what could be read was read; 3 older items are beyond the 1,000 that are read"},
      {200, head + "<item><guid>x</guid><title>T</title></item>", "feed.malformed", "[]",
       "broken markup; what could be read was read"},
      {200, head + "</channel></rss>", "", "[]", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    world.elsewhere[url] = {
        .status = row.status, .headers = {{"Content-Type", "application/rss+xml"}}, .body = row.body, .url = url};
    world.run_for(one_day);
    const auto feed = world.rows("SELECT last_error AS reason, last_args AS args FROM feeds");
    CHECK(feed.at(0).text("reason") == row.code);
    CHECK(feed.at(0).text("args") == row.args);
    CHECK(test::reason_text(feed.at(0)) == row.text);
  }
}

TEST_CASE("a feed that was in trouble for a whole slot is told with its tries, their answer and their waits") {
  PublishWorld world;
  for (const int status : {404, 503}) {
    CAPTURE(status);
    world.elsewhere["https://news.example/feed"] = {.status = status, .url = "https://news.example/feed"};
    const std::size_t before = world.told("failed").size();
    world.run_for(one_day);
    const auto failed = world.told("failed");
    REQUIRE(failed.size() == before + 1);
    const Json& last = failed.back();
    CHECK(last["attempts"].get<int>() > 2);
    CHECK(last["last_http_status"] == (before == 0 ? 404 : 503));
    CHECK(last["retry_backoff_ms"].get<std::int64_t>() >= one_hour.count());
    CHECK(last["error_message"].get<std::string>().starts_with(before == 0 ? "feed: not found (404)"
                                                                           : "feed: server error"));
    CHECK(last["started_at"] != last["finished_at"]);
  }
}

TEST_CASE("a model that is gone is told like a refused password: once in a slot, with its tries") {
  PublishWorld world;
  world.change("UPDATE portals SET writer = 'ai', grants = '[\"ai\"]'");
  world.credential("platform", "operator", "platform", "ai", "https://ai.example/v1",
                   R"({"adapter":"openai","model":"m"})");
  world.elsewhere["https://ai.example/v1/chat/completions"] = {
      .status = 404,
      .headers = {{"Content-Type", "application/json"}},
      .body = R"({"error":{"message":"model m does not exist","code":"model_not_found"}})",
      .url = "https://ai.example/v1/chat/completions"};
  world.run_for(6 * one_hour);
  auto failed = world.told("failed");
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]["last_http_status"] == 404);
  CHECK(failed[0]["error_message"].get<std::string>().find("model m does not exist") != std::string::npos);
  world.run_for(one_day);
  failed = world.told("failed");
  REQUIRE(failed.size() == 2);
  CHECK(failed[1]["attempts"].get<int>() > 1);
  CHECK(failed[1]["retry_backoff_ms"].get<std::int64_t>() > 0);
  CHECK(failed[1]["started_at"] != failed[1]["finished_at"]);
}

TEST_CASE(
    "an answer that nobody can use is not asked for again in a burst, and the article is there when one can be used") {
  PublishWorld world;
  world.change("UPDATE portals SET writer = 'ai', grants = '[\"ai\"]'");
  world.credential("platform", "operator", "platform", "ai", "https://ai.example/v1",
                   R"({"adapter":"openai","model":"m"})");
  const std::string url = "https://ai.example/v1/chat/completions";
  const auto says = [&](const std::string& text) {
    world.elsewhere[url] = FakeSite::json(
        200, {{"choices", Json::array({Json{{"message", {{"content", text}}}, {"finish_reason", "stop"}}})}});
  };
  const auto calls = [&] {
    return std::ranges::count_if(world.http.sent, [&](const auto& r) { return r.url == url; });
  };
  says("I would rather talk about something else.");
  const auto live = [&](Millis time) { // a run a minute, as cron may be set
    for (const Time end = world.clock.now() + time; world.clock.now() < end; world.clock.advance(Millis(60'000)))
      world.run_all();
  };
  live(one_hour);
  CHECK(calls() >= 2);
  CHECK(calls() <= 3);
  live(5 * one_hour);
  CHECK(calls() >= 4);
  CHECK(calls() <= 8);
  CHECK(world.articles("chosen") == 1);
  says("Here: {\"title\": \"One\", \"body_markdown\": \"A text that is long enough to be the text of an article,\nin "
       "two "
       "lines.\",}");
  world.run_for(7 * one_hour);
  CHECK(world.articles("published") == 1);
}

TEST_CASE(
    "a portal that answers strangely is told again until it answers well; only what it says of a callback ends one") {
  PublishWorld world;
  for (const int status : {413, 405, 400, 422, 500}) {
    CAPTURE(status);
    world.callback_status = status; // a page, as something in front of it answers
    world.run_for(one_hour);
    CHECK(world.number("SELECT count(*) AS n FROM ledger WHERE stage = 'report-run' AND state = 'due'") == 1);
  }
  world.callback_status = 400;
  for (const char* body : {R"({"error":"db_locked"})", R"({"code":"rest_no_nonce","message":"x"})"}) {
    world.callback_body = body; // words that nobody knows
    world.run_for(4 * one_day);
    CHECK(world.number("SELECT count(*) AS n FROM callbacks WHERE dropped <> ''") == 0);
  }
  world.callback_status = 200;
  world.run_for(2 * one_hour);
  CHECK(world.told("success").size() == 1);
}
